using System.Collections.Immutable;

namespace HighPerf.Kafka.Testing.ConsumerGroups.Assignors;

/// <summary>
/// The uniform assignment for members with different subscriptions. First everybody keeps what it still subscribes to; then free partitions go to the
/// subscriber that has the least; then partitions move from the subscriber that has the most to the one that has the least, topic by topic, until no topic's
/// subscribers differ by more than one or a limit is reached. Topics with many partitions for each subscriber come first.
/// </summary>
internal sealed class MixedAssignment
{
    /// <summary>One round is enough for most subscriptions; those that overlap in a chain may take more, and need not become perfect.</summary>
    private const int MaxRounds = 16;

    private readonly List<AssignorTopic> _topics;

    /// <summary>The members that subscribe to a topic, by their index.</summary>
    private readonly Dictionary<Guid, List<int>> _subscribers = [];

    /// <summary>Who has each partition of a topic; -1: nobody.</summary>
    private readonly Dictionary<Guid, int[]> _owners = [];

    private readonly int[] _sizes;

    private MixedAssignment(IReadOnlyList<AssignorMember> members)
    {
        List<AssignorTopic> topics = [];
        for (int i = 0; i < members.Count; i++)
        {
            foreach (AssignorTopic topic in members[i].Topics)
            {
                if (!_subscribers.TryGetValue(topic.Id, out List<int>? subscribers))
                {
                    subscribers = [];
                    _subscribers.Add(topic.Id, subscribers);
                    int[] owners = new int[topic.Partitions];
                    Array.Fill(owners, -1);
                    _owners.Add(topic.Id, owners);
                    topics.Add(topic);
                }

                subscribers.Add(i);
            }
        }

        _sizes = new int[members.Count];
        _topics =
        [
            .. topics.OrderByDescending(topic => (double)topic.Partitions / _subscribers[topic.Id].Count)
                .ThenBy(topic => _subscribers[topic.Id].Count)
                .ThenBy(topic => topic.Id),
        ];
    }

    /// <summary>The targets, in the order of the members.</summary>
    public static ImmutableSortedSet<TopicIdPartition>[] Assign(IReadOnlyList<AssignorMember> members)
    {
        MixedAssignment assignment = new(members);
        assignment.Keep(members);
        foreach (AssignorTopic topic in assignment._topics)
        {
            assignment.HandOut(topic);
        }

        for (int round = 0; round < MaxRounds; round++)
        {
            if (assignment._topics.Count(assignment.Balance) == 0)
            {
                break;
            }
        }

        return assignment.Targets(members.Count);
    }

    private void Keep(IReadOnlyList<AssignorMember> members)
    {
        for (int i = 0; i < members.Count; i++)
        {
            foreach (TopicIdPartition partition in members[i].Target)
            {
                if (_subscribers.TryGetValue(partition.Topic, out List<int>? subscribers) && subscribers.Contains(i))
                {
                    _owners[partition.Topic][partition.Partition] = i;
                    _sizes[i]++;
                }
            }
        }
    }

    private void HandOut(AssignorTopic topic)
    {
        int[] owners = _owners[topic.Id];
        List<int> subscribers = Ranked(topic);
        for (int partition = 0; partition < owners.Length; partition++)
        {
            if (owners[partition] < 0)
            {
                owners[partition] = subscribers.MinBy(member => _sizes[member]);
                _sizes[owners[partition]]++;
            }
        }
    }

    /// <summary>Evens out one topic's subscribers; false when there was nothing to move.</summary>
    private bool Balance(AssignorTopic topic)
    {
        int[] owners = _owners[topic.Id];
        List<int> subscribers = Ranked(topic);
        bool moved = false;
        while (true)
        {
            int least = subscribers.MinBy(member => _sizes[member]);
            int most = least;
            foreach (int member in subscribers)
            {
                if (_sizes[member] >= _sizes[most] && Array.IndexOf(owners, member) >= 0)
                {
                    most = member;
                }
            }

            if (_sizes[most] - _sizes[least] <= 1)
            {
                return moved;
            }

            owners[Array.LastIndexOf(owners, most)] = least;
            _sizes[most]--;
            _sizes[least]++;
            moved = true;
        }
    }

    /// <summary>A topic's subscribers, the one with the least first.</summary>
    private List<int> Ranked(AssignorTopic topic) => [.. _subscribers[topic.Id].OrderBy(member => _sizes[member])];

    private ImmutableSortedSet<TopicIdPartition>[] Targets(int count)
    {
        ImmutableSortedSet<TopicIdPartition>.Builder[] targets = new ImmutableSortedSet<TopicIdPartition>.Builder[count];
        for (int i = 0; i < count; i++)
        {
            targets[i] = ImmutableSortedSet.CreateBuilder<TopicIdPartition>();
        }

        foreach (AssignorTopic topic in _topics)
        {
            int[] owners = _owners[topic.Id];
            for (int partition = 0; partition < owners.Length; partition++)
            {
                targets[owners[partition]].Add(new TopicIdPartition(topic.Id, partition));
            }
        }

        return Array.ConvertAll(targets, target => target.ToImmutable());
    }
}
