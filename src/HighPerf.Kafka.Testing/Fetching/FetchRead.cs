namespace HighPerf.Kafka.Testing.Fetching;

/// <summary>What a fetch finds in one partition. Records and aborted transactions lie in the lists of <see cref="FetchReads"/>.</summary>
internal readonly record struct FetchRead(FetchPartition Partition)
{
    public ErrorCode Error { get; init; }

    public long HighWatermark { get; init; } = -1;

    public long LastStableOffset { get; init; } = -1;

    public long LogStartOffset { get; init; } = -1;

    public int FirstSlice { get; init; }

    public int SliceCount { get; init; }

    public int Bytes { get; init; }

    /// <summary>Whether the reader is not at the end of what it may see.</summary>
    public bool HasMore { get; init; }

    public int FirstAborted { get; init; }

    /// <summary>-1: the client did not ask for committed records only.</summary>
    public int AbortedCount { get; init; } = -1;

    /// <summary>The follower that the consumer should read from (KIP-392); -1: none.</summary>
    public int PreferredReplica { get; init; } = -1;

    /// <summary>Where the log of the client's last epoch ends, when what it has is not in this log (KIP-595); -1: it is.</summary>
    public int DivergingEpoch { get; init; } = -1;

    public long DivergingEndOffset { get; init; } = -1;

    /// <summary>Told with the errors of a wrong leader (KIP-951); -1: not known or not told.</summary>
    public int LeaderId { get; init; } = -1;

    public int LeaderEpoch { get; init; } = -1;

    /// <summary>Whether the answer cannot wait for more records.</summary>
    public bool IsUrgent => Error != ErrorCode.None || DivergingEpoch >= 0 || PreferredReplica >= 0;

    /// <summary>Whether a session's answer has to name the partition.</summary>
    public bool IsNews => Bytes > 0 || IsUrgent || HighWatermark != Partition.ToldHighWatermark || LogStartOffset != Partition.ToldLogStart;
}
