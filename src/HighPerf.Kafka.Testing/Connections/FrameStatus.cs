namespace HighPerf.Kafka.Testing.Connections;

/// <summary>What <see cref="FrameReceiver.TryTake"/> found.</summary>
internal enum FrameStatus
{
    Incomplete,
    Whole,

    /// <summary>The size is negative, too small for a header, or beyond the limit.</summary>
    Refused,
}
