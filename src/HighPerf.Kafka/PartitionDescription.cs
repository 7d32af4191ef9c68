namespace HighPerf.Kafka;

/// <summary>A partition as the brokers tell it. Immutable.</summary>
/// <param name="Partition">The number.</param>
/// <param name="Leader">The broker that leads it; -1 for none now.</param>
/// <param name="LeaderEpoch">Counts the changes of leader; -1 when the brokers are too old to tell.</param>
/// <param name="Replicas">The brokers that hold it, the preferred leader first.</param>
/// <param name="InSyncReplicas">Those that have all acknowledged records.</param>
public sealed record PartitionDescription(
    int Partition, int Leader, int LeaderEpoch, IReadOnlyList<int> Replicas, IReadOnlyList<int> InSyncReplicas);
