namespace HighPerf.Kafka.Groups.Assignors;

/// <summary>What a member says it had, and in which generation it was given it; -1 for one it does not know.</summary>
internal readonly record struct StickyClaim(IReadOnlyList<TopicPartition> Partitions, int Generation);
