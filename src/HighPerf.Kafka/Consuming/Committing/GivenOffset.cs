namespace HighPerf.Kafka.Consuming.Committing;

/// <summary>An offset that a caller gives to be committed.</summary>
/// <param name="Partition">The partition, which must be assigned.</param>
/// <param name="Offset">The offset of the next record to process.</param>
/// <param name="LeaderEpoch">The leader epoch of the last record before it; -1: the client finds it (G1).</param>
/// <param name="Metadata">What is to be kept beside the offset; null for nothing.</param>
internal readonly record struct GivenOffset(TopicPartition Partition, long Offset, int LeaderEpoch = -1, string? Metadata = null);
