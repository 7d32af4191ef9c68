namespace HighPerf.Kafka.Testing.Logs;

/// <summary>
/// A transaction on one partition, from its first batch until its marker is below the high watermark. The last offset is the marker's, -1 without.
/// </summary>
internal readonly record struct OpenTransaction(long ProducerId, long FirstOffset, long LastOffset)
{
    public bool IsOpen => LastOffset < 0;

    /// <summary>Whether read_committed readers have to stop before it: it is not decided, or the decision is not yet on all replicas.</summary>
    public bool IsUnstable(long highWatermark) => IsOpen || LastOffset >= highWatermark;
}
