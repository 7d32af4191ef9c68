namespace HighPerf.Kafka.Metadata;

/// <summary>What a coordinator coordinates; the numbers are those of FindCoordinator.</summary>
internal enum CoordinatorType : sbyte
{
    Group = 0,
    Transaction = 1,
    Share = 2,
}
