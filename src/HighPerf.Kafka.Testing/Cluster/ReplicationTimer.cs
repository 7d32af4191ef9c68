using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Testing.Cluster;

/// <summary>Brings a partition the time at which something of its replication is due. Owner: the cluster's loop.</summary>
internal sealed class ReplicationTimer(Action onDue) : LoopTimer
{
    protected internal override void OnDue() => onDue();
}
