namespace HighPerf.Kafka.Tests.Groups.Assignors;

/// <summary>How good an assignment is, measured as the tables in tests/vectors/assignors measure theirs.</summary>
internal sealed class GroupScore
{
    private readonly IReadOnlyList<GroupMember> _members;
    private readonly HashSet<string>[] _subscribed;
    private readonly Dictionary<TopicPartition, int> _owner = [];
    private readonly int[] _counts;

    public GroupScore(IReadOnlyList<GroupMember> members, IReadOnlyList<GroupTopic> topics, IReadOnlyList<IReadOnlyList<TopicPartition>> assignment)
    {
        _members = members;
        Assert.Equal(members.Count, assignment.Count);
        _subscribed = [.. members.Select(static member => member.Topics.ToHashSet())];
        _counts = [.. assignment.Select(static list => list.Count)];
        Dictionary<string, int> partitions = topics.ToDictionary(static topic => topic.Name, static topic => topic.PartitionCount);
        for (int member = 0; member < members.Count; member++)
        {
            foreach (TopicPartition partition in assignment[member])
            {
                Assert.Contains(partition.Topic, _subscribed[member]);
                Assert.InRange(partition.Partition, 0, partitions[partition.Topic] - 1);
                Assert.True(_owner.TryAdd(partition, member), $"{partition} is given twice");
            }
        }

        Wanted = topics.Where(topic => _subscribed.Any(one => one.Contains(topic.Name))).Sum(static topic => topic.PartitionCount);
        IsActive = [.. _subscribed.Select(one => topics.Any(topic => one.Contains(topic.Name)))];
    }

    /// <summary>How many partitions somebody subscribes to.</summary>
    public int Wanted { get; }

    public int Assigned => _owner.Count;

    private bool[] IsActive { get; }

    public int PairwiseImbalance
    {
        get
        {
            int sum = 0;
            for (int i = 0; i < _counts.Length; i++)
            {
                for (int j = 0; j < i; j++)
                {
                    sum += IsActive[i] && IsActive[j] ? Math.Abs(_counts[i] - _counts[j]) : 0;
                }
            }

            return sum;
        }
    }

    public int ImprovablePartitions => _owner.Count(pair => Enumerable.Range(0, _counts.Length)
        .Any(other => _subscribed[other].Contains(pair.Key.Topic) && _counts[pair.Value] >= _counts[other] + 2));

    /// <summary>How many partitions have another owner than the rightful one before.</summary>
    public int Moved(Func<GroupMember, (IReadOnlyList<TopicPartition> Partitions, int Generation)> claims)
    {
        Dictionary<TopicPartition, (int Member, int Generation)> rightful = [];
        for (int member = 0; member < _members.Count; member++)
        {
            (IReadOnlyList<TopicPartition> partitions, int generation) = claims(_members[member]);
            foreach (TopicPartition partition in partitions)
            {
                if (!rightful.TryGetValue(partition, out (int Member, int Generation) other) || other.Generation < generation)
                {
                    rightful[partition] = (member, generation);
                }
                else if (other.Generation == generation && other.Member != member)
                {
                    rightful[partition] = (-1, generation);
                }
            }
        }

        return rightful.Count(pair => pair.Value.Member >= 0 && _subscribed[pair.Value.Member].Contains(pair.Key.Topic)
            && _owner.TryGetValue(pair.Key, out int owner) && owner != pair.Value.Member);
    }
}
