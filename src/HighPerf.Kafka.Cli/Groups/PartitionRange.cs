namespace HighPerf.Kafka.Cli.Groups;

/// <summary>What is known of a partition before a reset.</summary>
/// <param name="Committed">Null for nothing.</param>
/// <param name="AtTime">The first record that is not older than the wanted time; -1 for none.</param>
internal readonly record struct PartitionRange(TopicPartition Partition, long? Committed, long Beginning, long End, long AtTime = -1);
