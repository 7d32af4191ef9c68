using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Simulation.Tests.Histories;

/// <summary>How fast a group of a history lives.</summary>
/// <param name="HeartbeatInterval">Of every member.</param>
/// <param name="SessionTimeout">Of every member.</param>
/// <param name="RebalanceTimeout">Of every member.</param>
/// <param name="MaxProcessingMs">The longest that one record may take.</param>
internal sealed record GroupTempo(TimeSpan HeartbeatInterval, TimeSpan SessionTimeout, TimeSpan RebalanceTimeout, int MaxProcessingMs)
{
    public static GroupTempo Quick { get; } = new(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10), 300);

    /// <summary>Whether every member gives everything up in a rebalance.</summary>
    public bool IsEager { get; init; }

    public IReadOnlyList<IPartitionAssignor> Assignors(RandomSource random) => IsEager
        ? random.Chance(0.5) ? [PartitionAssignors.Range, PartitionAssignors.RoundRobin] : [PartitionAssignors.RoundRobin, PartitionAssignors.Range]
        : [PartitionAssignors.CooperativeSticky];
}
