namespace HighPerf.Kafka;

/// <summary>A topic whose partitions an <see cref="IPartitionAssignor"/> distributes. Immutable.</summary>
/// <param name="Name">The topic's name.</param>
/// <param name="PartitionCount">It has the partitions 0 to this, less one.</param>
public sealed record GroupTopic(string Name, int PartitionCount)
{
    /// <summary>The racks of each partition's replicas, by partition, without those that have none; null when the brokers have no racks.</summary>
    public IReadOnlyList<IReadOnlyList<string>>? ReplicaRacks { get; init; }
}
