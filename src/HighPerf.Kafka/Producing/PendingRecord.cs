namespace HighPerf.Kafka.Producing;

/// <summary>What is known of a record before it is written into its batch.</summary>
/// <param name="Timestamp">Milliseconds since 1970; -1 until it is given the time at which it is appended.</param>
/// <param name="MaxSize">The most bytes it takes in a batch.</param>
/// <param name="HeadersSize">The bytes its headers take, without their count.</param>
internal readonly record struct PendingRecord(long Timestamp, int MaxSize, int HeadersSize);
