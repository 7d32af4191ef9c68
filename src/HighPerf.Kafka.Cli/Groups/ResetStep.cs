namespace HighPerf.Kafka.Cli.Groups;

/// <summary>What a reset does to one partition.</summary>
/// <param name="Old">What is committed; null for nothing.</param>
/// <param name="Note">Why it is not what was asked for; null when it is.</param>
internal sealed record ResetStep(TopicPartition Partition, long? Old, long New, string? Note);
