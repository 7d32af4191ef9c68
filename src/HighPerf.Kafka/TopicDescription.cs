namespace HighPerf.Kafka;

/// <summary>A topic as the brokers tell it. Immutable.</summary>
/// <param name="Name">The name.</param>
/// <param name="Id">The id; all zeros when the brokers are too old to have them.</param>
/// <param name="IsInternal">Whether it is one of Kafka's own.</param>
/// <param name="Partitions">By partition number.</param>
public sealed record TopicDescription(string Name, Guid Id, bool IsInternal, IReadOnlyList<PartitionDescription> Partitions);
