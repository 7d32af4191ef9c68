namespace HighPerf.Kafka.Testing.Logs;

/// <summary>One batch of a log, by segment and place.</summary>
internal readonly record struct LogPosition(LogSegment Segment, int SegmentIndex, int BatchIndex)
{
    public StoredBatch Batch => Segment.Batches[BatchIndex];

    /// <summary>Where the batch begins, comparable with other places of the log.</summary>
    public long Absolute => Segment.StartPosition + Batch.Position;

    public ReadOnlySpan<byte> Bytes => Segment.Bytes.AsSpan(Batch.Position, Batch.Length);
}
