using System.Collections.Immutable;

namespace HighPerf.Kafka.Testing.ConsumerGroups;

/// <summary>What a member has now. Each step makes a new one.</summary>
/// <param name="State">How far the member is.</param>
/// <param name="Epoch">The member's epoch.</param>
/// <param name="PreviousEpoch">Its epoch one step before: the answer that told the new one may have been lost.</param>
/// <param name="Assigned">What it may consume.</param>
/// <param name="PendingRevocation">What it must give up and may still consume.</param>
internal sealed record CurrentAssignment(
    MemberState State,
    int Epoch,
    int PreviousEpoch,
    ImmutableSortedSet<TopicIdPartition> Assigned,
    ImmutableSortedSet<TopicIdPartition> PendingRevocation)
{
    public static readonly CurrentAssignment None = new(MemberState.Stable, 0, -1, [], []);
}
