namespace HighPerf.Kafka.Consuming.Committing;

/// <summary>One partition of one OffsetCommit request, or one that a caller waits for.</summary>
internal struct CommitEntry
{
    /// <summary>A code that no broker has: the answer does not hold the partition (yet).</summary>
    public const ErrorCode Missing = (ErrorCode)short.MinValue;

    public CommitEntry(CursorSlot slot, CommitPoint point, byte[] metadata)
    {
        Slot = slot;
        Point = point;
        Metadata = metadata;
        Code = Missing;
    }

    public CursorSlot Slot { get; }

    public CommitPoint Point { get; }

    /// <summary>In UTF-8.</summary>
    public byte[] Metadata { get; }

    /// <summary>What the coordinator answered.</summary>
    public ErrorCode Code { get; set; }

    /// <summary>Whether the slot became uncertain because the request was cut off, and by nothing before it.</summary>
    public bool IsCutOff { get; set; }
}
