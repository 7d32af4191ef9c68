namespace HighPerf.Kafka.Administration;

/// <summary>What a coordinator keeps for one partition of a group.</summary>
internal readonly record struct CommittedOffset(TopicPartition Partition, long Offset, int LeaderEpoch, string Metadata);
