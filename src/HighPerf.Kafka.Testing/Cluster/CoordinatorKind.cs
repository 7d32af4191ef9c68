namespace HighPerf.Kafka.Testing.Cluster;

/// <summary>What a coordinator looks after; the values are the key types of FindCoordinator.</summary>
internal enum CoordinatorKind
{
    Group = 0,
    Transaction = 1,
}
