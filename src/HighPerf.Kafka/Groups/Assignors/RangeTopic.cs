namespace HighPerf.Kafka.Groups.Assignors;

/// <summary>One topic while the range assignor distributes it. Lives for one assignment, on one thread.</summary>
internal sealed class RangeTopic
{
    private readonly GroupTopic _topic;
    private readonly bool[] _taken;
    private readonly Dictionary<int, int> _counts = [];
    private readonly Dictionary<int, string?> _racks = [];
    private readonly int _perMember;
    private int _extraLeft; // how many members may still get one more
    private int _firstFree;

    /// <param name="subscribers">Places in <paramref name="members"/>, in the order in which they are served.</param>
    public RangeTopic(GroupTopic topic, int[] subscribers, IReadOnlyList<GroupMember> members)
    {
        _topic = topic;
        Members = subscribers;
        _taken = new bool[topic.PartitionCount];
        _perMember = topic.PartitionCount / subscribers.Length;
        _extraLeft = topic.PartitionCount % subscribers.Length;
        HashSet<string> memberRacks = new(StringComparer.Ordinal);
        foreach (int subscriber in subscribers)
        {
            string? rack = string.IsNullOrEmpty(members[subscriber].RackId) ? null : members[subscriber].RackId;
            _counts[subscriber] = 0;
            _racks[subscriber] = rack;
            if (rack is not null)
            {
                memberRacks.Add(rack);
            }
        }

        RackedPartitions = memberRacks.Count > 0 ? topic.PartitionCount : 0;
        NeedsRacks = memberRacks.Count > 0 && topic.ReplicaRacks is { } racks && DoRacksMatter(memberRacks, racks);
    }

    public int[] Members { get; }

    /// <summary>Whether it makes a difference who gets which partition.</summary>
    public bool NeedsRacks { get; }

    public int PartitionCount => _topic.PartitionCount;

    /// <summary>How many partitions have racks to look at: none where no member has one.</summary>
    public int RackedPartitions { get; }

    /// <summary>No partition below it is free.</summary>
    public int FirstFree
    {
        get
        {
            while (_firstFree < _taken.Length && _taken[_firstFree])
            {
                _firstFree++;
            }

            return _firstFree;
        }
    }

    public bool IsFree(int partition) => !_taken[partition];

    /// <summary>Whether the topics have the same members and as many partitions.</summary>
    public bool IsCoPartitioned(RangeTopic other) => RackedPartitions == other.RackedPartitions && Members.AsSpan().SequenceEqual(other.Members);

    /// <summary>How many more the member may get.</summary>
    public int MostFor(int member) => Math.Max(0, _perMember + (_extraLeft > 0 ? 1 : 0) - _counts[member]);

    /// <summary>Whether the partition has a replica in the member's rack; a member without a rack takes any.</summary>
    public bool Matches(int member, int partition) =>
        _racks[member] is not { } rack || (_topic.ReplicaRacks is { } racks && partition < racks.Count && racks[partition].Contains(rack));

    public void Assign(int member, int partition, List<TopicPartition> result) => Assign(member, [partition], result);

    public void Assign(int member, List<int> partitions, List<TopicPartition> result)
    {
        if (partitions.Count == 0)
        {
            return;
        }

        foreach (int partition in partitions)
        {
            _taken[partition] = true;
            result.Add(new TopicPartition(_topic.Name, partition));
        }

        _counts[member] += partitions.Count;
        if (_counts[member] > _perMember)
        {
            _extraLeft--;
        }
    }

    // They do not when every partition is in every rack, or none is in a member's.
    private static bool DoRacksMatter(HashSet<string> memberRacks, IReadOnlyList<IReadOnlyList<string>> partitionRacks)
    {
        HashSet<string> all = new(StringComparer.Ordinal);
        foreach (IReadOnlyList<string> racks in partitionRacks)
        {
            all.UnionWith(racks);
        }

        return all.Overlaps(memberRacks) && !partitionRacks.All(racks => all.SetEquals(racks));
    }
}
