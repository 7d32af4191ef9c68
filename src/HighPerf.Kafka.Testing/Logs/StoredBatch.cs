namespace HighPerf.Kafka.Testing.Logs;

/// <summary>Where one batch lies in its segment, and what look-ups ask of it.</summary>
internal readonly record struct StoredBatch(long BaseOffset, long LastOffset, int Position, int Length, long MaxTimestamp, int LeaderEpoch);
