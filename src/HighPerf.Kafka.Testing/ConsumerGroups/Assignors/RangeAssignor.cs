using System.Collections.Immutable;

namespace HighPerf.Kafka.Testing.ConsumerGroups.Assignors;

/// <summary>
/// Each topic is cut into ranges, one for each of its subscribers: static members by their instance id, then the others by their id. Members with the same
/// subscriptions get the same ranges of topics with as many partitions. What members had before does not matter.
/// </summary>
internal static class RangeAssignor
{
    /// <summary>The targets, in the order of the members.</summary>
    public static ImmutableSortedSet<TopicIdPartition>[] Assign(IReadOnlyList<AssignorMember> members)
    {
        Dictionary<Guid, int> subscribers = [];
        foreach (AssignorTopic topic in members.SelectMany(member => member.Topics))
        {
            subscribers[topic.Id] = subscribers.GetValueOrDefault(topic.Id) + 1;
        }

        ImmutableSortedSet<TopicIdPartition>[] targets = new ImmutableSortedSet<TopicIdPartition>[members.Count];
        Dictionary<Guid, int> served = [];
        foreach (int index in Enumerable.Range(0, members.Count).Order(Comparer<int>.Create((a, b) => Compare(members[a], members[b]))))
        {
            ImmutableSortedSet<TopicIdPartition>.Builder target = ImmutableSortedSet.CreateBuilder<TopicIdPartition>();
            foreach (AssignorTopic topic in members[index].Topics)
            {
                int rank = served.GetValueOrDefault(topic.Id);
                served[topic.Id] = rank + 1;
                (int quota, int extras) = Math.DivRem(topic.Partitions, subscribers[topic.Id]);
                int start = (rank * quota) + Math.Min(rank, extras);
                int end = start + quota + (rank < extras ? 1 : 0);
                for (int partition = start; partition < end; partition++)
                {
                    target.Add(new TopicIdPartition(topic.Id, partition));
                }
            }

            targets[index] = target.ToImmutable();
        }

        return targets;
    }

    private static int Compare(AssignorMember a, AssignorMember b) => (a.InstanceId, b.InstanceId) switch
    {
        (null, null) => string.CompareOrdinal(a.Id, b.Id),
        (null, _) => 1,
        (_, null) => -1,
        _ => string.CompareOrdinal(a.InstanceId, b.InstanceId),
    };
}
