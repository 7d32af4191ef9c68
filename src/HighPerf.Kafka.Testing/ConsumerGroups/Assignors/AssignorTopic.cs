namespace HighPerf.Kafka.Testing.ConsumerGroups.Assignors;

/// <summary>A topic that exists, as an assignor sees it.</summary>
internal readonly record struct AssignorTopic(Guid Id, int Partitions);
