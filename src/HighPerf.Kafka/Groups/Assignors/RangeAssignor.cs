namespace HighPerf.Kafka.Groups.Assignors;

/// <summary>
/// Topic by topic: each of its members gets a run of neighbouring partitions, the first ones one more when they do not go up evenly. Where racks matter
/// (KIP-881), partitions go to members of a replica's rack first: those of topics with the same members and the same number of partitions together, so that
/// what belongs together stays together. Stateless.
/// </summary>
internal sealed class RangeAssignor : IPartitionAssignor
{
    public string Name => "range";

    public bool IsCooperative => false;

    public byte[]? GetUserData(IReadOnlyList<string> topics, IReadOnlyList<TopicPartition> assigned, int generation) => null;

    public IReadOnlyList<IReadOnlyList<TopicPartition>> Assign(IReadOnlyList<GroupMember> members, IReadOnlyList<GroupTopic> topics)
    {
        List<TopicPartition>[] result = new List<TopicPartition>[members.Count];
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = [];
        }

        List<RangeTopic> states = MakeStates(members, topics);
        bool anyRacks = states.Exists(static state => state.NeedsRacks);
        if (anyRacks)
        {
            MatchRacks(states, result);
        }

        foreach (RangeTopic state in states)
        {
            AssignRanges(state, mustMatch: false, result);
        }

        if (anyRacks)
        {
            foreach (List<TopicPartition> partitions in result)
            {
                partitions.Sort();
            }
        }

        return result;
    }

    private static List<RangeTopic> MakeStates(IReadOnlyList<GroupMember> members, IReadOnlyList<GroupTopic> topics)
    {
        Dictionary<string, List<int>> subscribers = new(StringComparer.Ordinal);
        foreach (int member in MemberOrder.Sort(members))
        {
            foreach (string topic in members[member].Topics)
            {
                if (!subscribers.TryGetValue(topic, out List<int>? list))
                {
                    subscribers[topic] = list = [];
                }

                if (list.Count == 0 || list[^1] != member)
                {
                    list.Add(member);
                }
            }
        }

        List<RangeTopic> states = [];
        foreach (GroupTopic topic in topics)
        {
            if (topic.PartitionCount > 0 && subscribers.TryGetValue(topic.Name, out List<int>? list))
            {
                states.Add(new RangeTopic(topic, [.. list], members));
            }
        }

        return states;
    }

    private static void MatchRacks(List<RangeTopic> states, List<TopicPartition>[] result)
    {
        List<RangeTopic> left = [.. states];
        while (left.Count > 0)
        {
            RangeTopic first = left[0];
            List<RangeTopic> together = left.FindAll(first.IsCoPartitioned);
            left.RemoveAll(together.Contains);
            if (together.Count > 1)
            {
                MatchTogether(together, result);
            }
            else if (first.NeedsRacks)
            {
                AssignRanges(first, mustMatch: true, result);
            }
        }
    }

    // A partition of each topic, of the same number, goes to one member whose rack all of them have.
    private static void MatchTogether(List<RangeTopic> states, List<TopicPartition>[] result)
    {
        List<int> candidates = [.. states[0].Members];
        for (int partition = 0; partition < states[0].RackedPartitions && candidates.Count > 0; partition++)
        {
            int member = candidates.FindIndex(
                candidate => states.TrueForAll(state => state.Matches(candidate, partition) && state.MostFor(candidate) > 0));
            if (member < 0)
            {
                continue;
            }

            int chosen = candidates[member];
            foreach (RangeTopic state in states)
            {
                state.Assign(chosen, partition, result[chosen]);
            }

            if (!states.Exists(state => state.MostFor(chosen) > 0))
            {
                candidates.RemoveAt(member);
            }
        }
    }

    private static void AssignRanges(RangeTopic state, bool mustMatch, List<TopicPartition>[] result)
    {
        foreach (int member in state.Members)
        {
            int most = state.MostFor(member);
            List<int> chosen = [];
            for (int partition = state.FirstFree; partition < state.PartitionCount && chosen.Count < most; partition++)
            {
                if (state.IsFree(partition) && (!mustMatch || state.Matches(member, partition)))
                {
                    chosen.Add(partition);
                }
            }

            state.Assign(member, chosen, result[member]);
        }
    }
}
