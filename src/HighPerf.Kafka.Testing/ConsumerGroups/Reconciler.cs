using System.Collections.Immutable;

namespace HighPerf.Kafka.Testing.ConsumerGroups;

/// <summary>
/// The way of one member from what it has to its target. It gives up first and stays in its epoch until it has said so; then it is in the target's epoch and
/// gets what nobody else holds, and the rest as soon as others have given it up.
/// </summary>
internal static class Reconciler
{
    /// <param name="current">What the member has.</param>
    /// <param name="target">What it shall have.</param>
    /// <param name="targetEpoch">The epoch of the target.</param>
    /// <param name="owned">What it says it holds; null: it does not say.</param>
    /// <param name="isHeldByOther">Whether another member has a partition or has not given it up.</param>
    /// <returns>The next step; the same object when there is none to make now.</returns>
    public static CurrentAssignment Next(
        CurrentAssignment current,
        ImmutableSortedSet<TopicIdPartition> target,
        int targetEpoch,
        IReadOnlyCollection<TopicIdPartition>? owned,
        Func<TopicIdPartition, bool> isHeldByOther)
    {
        if (current.State == MemberState.Stable && current.Epoch == targetEpoch)
        {
            return current;
        }

        if (current.State == MemberState.UnrevokedPartitions && HoldsAnyOf(owned, current.PendingRevocation))
        {
            return current;
        }

        ImmutableSortedSet<TopicIdPartition> kept = current.Assigned.Intersect(target);
        ImmutableSortedSet<TopicIdPartition> revoked = current.Assigned.Except(target);
        if (HoldsAnyOf(owned, revoked))
        {
            return new CurrentAssignment(MemberState.UnrevokedPartitions, current.Epoch, current.Epoch, kept, revoked);
        }

        ImmutableSortedSet<TopicIdPartition> wanted = target.Except(kept);
        List<TopicIdPartition> free = [.. wanted.Where(partition => !isHeldByOther(partition))];
        MemberState state = free.Count < wanted.Count ? MemberState.UnreleasedPartitions : MemberState.Stable;
        return new CurrentAssignment(state, targetEpoch, current.Epoch, kept.Union(free), []);
    }

    /// <summary>A member that does not say what it holds is taken to hold all.</summary>
    private static bool HoldsAnyOf(IReadOnlyCollection<TopicIdPartition>? owned, ImmutableSortedSet<TopicIdPartition> partitions) =>
        !partitions.IsEmpty && (owned is null || owned.Any(partitions.Contains));
}
