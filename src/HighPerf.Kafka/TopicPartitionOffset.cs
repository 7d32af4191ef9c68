namespace HighPerf.Kafka;

/// <summary>A place in a log. <see cref="Offset"/> is that of a record, or one of the places that are resolved when they are used.</summary>
/// <param name="Topic">The topic.</param>
/// <param name="Partition">The partition.</param>
/// <param name="Offset">The offset of the next record, or <see cref="Beginning"/>, <see cref="End"/> or <see cref="Stored"/>.</param>
public readonly record struct TopicPartitionOffset(string Topic, int Partition, long Offset)
{
    /// <summary>The first record that the log still has.</summary>
    public const long Beginning = -2;

    /// <summary>Behind the last record.</summary>
    public const long End = -1;

    /// <summary>The group's committed offset, or where <see cref="ConsumerOptions.AutoOffsetReset"/> says when there is none.</summary>
    public const long Stored = -1000;
}
