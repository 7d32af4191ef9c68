namespace HighPerf.Kafka;

/// <summary>How far a group has come in one partition. Immutable.</summary>
/// <param name="TopicPartition">The partition.</param>
/// <param name="Committed">The offset of the next record for the group; null when none is committed.</param>
/// <param name="LeaderEpoch">The epoch that was committed with it; -1 for none.</param>
/// <param name="Metadata">The text that was committed with it.</param>
/// <param name="End">Behind the last record; null when the partition is not there any more.</param>
public sealed record GroupOffset(TopicPartition TopicPartition, long? Committed, int LeaderEpoch, string Metadata, long? End)
{
    /// <summary>How many offsets lie between; 0 when more is committed than there is. Null when one of the two is not known.</summary>
    public long? Lag => End is { } end && Committed is { } committed ? Math.Max(end - committed, 0) : null;
}
