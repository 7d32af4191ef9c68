using System.Collections.Immutable;

namespace HighPerf.Kafka.Testing.ConsumerGroups.Assignors;

/// <summary>
/// All members get as many partitions as their subscriptions allow, and keep as many as that allows of what they had.
/// </summary>
internal static class UniformAssignor
{
    /// <summary>The targets, in the order of the members.</summary>
    public static ImmutableSortedSet<TopicIdPartition>[] Assign(IReadOnlyList<AssignorMember> members)
    {
        if (members.Count == 0)
        {
            return [];
        }

        return members.All(member => member.Topics.SequenceEqual(members[0].Topics)) ? AssignEvenly(members) : MixedAssignment.Assign(members);
    }

    /// <summary>All members subscribe to the same topics.</summary>
    private static ImmutableSortedSet<TopicIdPartition>[] AssignEvenly(IReadOnlyList<AssignorMember> members)
    {
        ImmutableArray<AssignorTopic> topics = members[0].Topics;
        HashSet<Guid> ids = [.. topics.Select(topic => topic.Id)];
        HashSet<TopicIdPartition> assigned = [];
        SortedSet<TopicIdPartition>[] targets = new SortedSet<TopicIdPartition>[members.Count];
        for (int i = 0; i < targets.Length; i++)
        {
            targets[i] = [.. members[i].Target.Where(partition => ids.Contains(partition.Topic))];
            assigned.UnionWith(targets[i]);
        }

        List<TopicIdPartition> free =
        [
            .. topics.SelectMany(topic => Enumerable.Range(0, topic.Partitions).Select(index => new TopicIdPartition(topic.Id, index)))
                .Where(partition => !assigned.Contains(partition)),
        ];

        // Some members get one more than the others: those that have the most, so that it need not move.
        (int quota, int extras) = Math.DivRem(topics.Sum(topic => topic.Partitions), members.Count);
        int[] order = [.. Enumerable.Range(0, members.Count).OrderByDescending(index => targets[index].Count)];
        for (int rank = 0; rank < order.Length; rank++)
        {
            SortedSet<TopicIdPartition> target = targets[order[rank]];
            while (target.Count > quota + (rank < extras ? 1 : 0))
            {
                free.Add(target.Max);
                target.Remove(target.Max);
            }
        }

        int next = 0;
        for (int rank = 0; rank < order.Length; rank++)
        {
            SortedSet<TopicIdPartition> target = targets[order[rank]];
            while (target.Count < quota + (rank < extras ? 1 : 0))
            {
                target.Add(free[next++]);
            }
        }

        return Array.ConvertAll(targets, target => target.ToImmutableSortedSet());
    }
}
