namespace HighPerf.Kafka.Producing;

/// <summary>What is known of a record before it is written into its batch.</summary>
/// <param name="Timestamp">Milliseconds since 1970.</param>
/// <param name="Size">The most bytes it takes in a batch.</param>
/// <param name="HeadersSize">The bytes its headers take, without their count.</param>
/// <param name="Reserved">The bytes of the producer's memory that were reserved for it.</param>
internal readonly record struct PendingRecord(long Timestamp, int Size, int HeadersSize, long Reserved);
