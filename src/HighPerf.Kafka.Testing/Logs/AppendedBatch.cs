namespace HighPerf.Kafka.Testing.Logs;

/// <summary>What is remembered of an appended batch of an idempotent producer. The timestamp is the log append time, -1 when records keep their own.</summary>
internal readonly record struct AppendedBatch(int FirstSequence, int LastSequence, long BaseOffset, long Timestamp);
