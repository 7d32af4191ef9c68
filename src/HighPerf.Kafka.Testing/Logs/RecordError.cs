namespace HighPerf.Kafka.Testing.Logs;

/// <summary>What is wrong with one record of a batch.</summary>
internal readonly record struct RecordError(int Index, string Message);
