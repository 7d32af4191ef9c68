using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Testing.Cluster;

/// <summary>A timer that calls its owner: for those that have several. Owner: the cluster's loop.</summary>
internal sealed class CallbackTimer(Action onDue) : LoopTimer
{
    protected internal override void OnDue() => onDue();
}
