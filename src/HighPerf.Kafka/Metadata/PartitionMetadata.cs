namespace HighPerf.Kafka.Metadata;

/// <summary>What is known of one partition. Immutable.</summary>
internal sealed class PartitionMetadata
{
    public const int NoLeader = -1;
    public const int UnknownEpoch = -1;

    public PartitionMetadata(int partition, int leader, int leaderEpoch, ErrorCode error, int[] replicas, int[] inSync, int[] offline)
    {
        Partition = partition;
        Leader = leader;
        LeaderEpoch = leaderEpoch;
        Error = error;
        Replicas = replicas;
        InSync = inSync;
        Offline = offline;
    }

    public int Partition { get; }

    /// <summary>The leader's broker id; <see cref="NoLeader"/> when there is none now.</summary>
    public int Leader { get; }

    /// <summary><see cref="UnknownEpoch"/> when the broker is too old to say.</summary>
    public int LeaderEpoch { get; }

    public ErrorCode Error { get; }

    public int[] Replicas { get; }

    public int[] InSync { get; }

    public int[] Offline { get; }
}
