namespace HighPerf.Kafka.Testing.Logs;

/// <summary>An aborted transaction on one partition, from its first record to its marker, and the last stable offset right after the marker.</summary>
internal readonly record struct AbortedRange(long ProducerId, long FirstOffset, long LastOffset, long LastStableOffset);
