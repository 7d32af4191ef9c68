namespace HighPerf.Kafka.Groups.Assignors;

/// <summary>One partition after the other to one member after the other; members that do not subscribe to its topic are passed over. Stateless.</summary>
internal sealed class RoundRobinAssignor : IPartitionAssignor
{
    public string Name => "roundrobin";

    public bool IsCooperative => false;

    public byte[]? GetUserData(IReadOnlyList<string> topics, IReadOnlyList<TopicPartition> assigned, int generation) => null;

    public IReadOnlyList<IReadOnlyList<TopicPartition>> Assign(IReadOnlyList<GroupMember> members, IReadOnlyList<GroupTopic> topics)
    {
        List<TopicPartition>[] result = new List<TopicPartition>[members.Count];
        HashSet<string>[] subscribed = new HashSet<string>[members.Count];
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = [];
            subscribed[i] = new HashSet<string>(members[i].Topics, StringComparer.Ordinal);
        }

        int[] order = MemberOrder.Sort(members);
        int next = 0;
        foreach (GroupTopic topic in topics)
        {
            if (!subscribed.Any(one => one.Contains(topic.Name)))
            {
                continue;
            }

            for (int partition = 0; partition < topic.PartitionCount; partition++)
            {
                while (!subscribed[order[next]].Contains(topic.Name))
                {
                    next = (next + 1) % order.Length;
                }

                result[order[next]].Add(new TopicPartition(topic.Name, partition));
                next = (next + 1) % order.Length;
            }
        }

        return result;
    }
}
