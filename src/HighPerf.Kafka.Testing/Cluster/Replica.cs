namespace HighPerf.Kafka.Testing.Cluster;

/// <summary>
/// One broker's copy of a partition: how much it has of the leader's log, of which it is always a beginning. Changed by <see cref="Partition"/> alone. Owner:
/// the cluster's loop.
/// </summary>
internal sealed class Replica
{
    public Replica(EmbeddedBroker broker) => Broker = broker;

    public EmbeddedBroker Broker { get; }

    public int BrokerId => Broker.NodeId;

    /// <summary>What the copy has: everything before this offset.</summary>
    public long LogEndOffset { get; set; }

    /// <summary>The high watermark as this broker knows it: what it lets clients read.</summary>
    public long HighWatermark { get; set; }

    public bool IsInSync { get; set; }

    /// <summary>A test holds up its replication.</summary>
    public bool IsPaused { get; set; }

    /// <summary>Since when it lacks something of the leader's log, though it could be in sync; null: it does not. On the loop's clock.</summary>
    public TimeSpan? BehindSince { get; set; }

    /// <summary>Whether its broker runs.</summary>
    public bool IsLive => Broker.IsRunning;

    /// <summary>Whether it takes what the leader appends.</summary>
    public bool IsReplicating => IsLive && !IsPaused;
}
