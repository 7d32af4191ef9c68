namespace HighPerf.Kafka;

/// <summary>An offset to commit.</summary>
/// <param name="Topic">The topic.</param>
/// <param name="Partition">The partition.</param>
/// <param name="Offset">The offset of the next record to process: one more than that of the last processed.</param>
public readonly record struct OffsetCommit(string Topic, int Partition, long Offset)
{
    /// <summary>The leader epoch of the last processed record; null: the consumer finds it in what it read.</summary>
    public int? LeaderEpoch { get; init; }

    /// <summary>Kept by the broker beside the offset; null for nothing.</summary>
    public string? Metadata { get; init; }
}
