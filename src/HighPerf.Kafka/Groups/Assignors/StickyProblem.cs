namespace HighPerf.Kafka.Groups.Assignors;

/// <summary>
/// Members, topics and claims as numbers, and who gets which partition. Topics with the same subscribers are one class: whatever of a class one of them
/// has, every other may have. Lives for one assignment, on one thread.
/// </summary>
internal sealed class StickyProblem
{
    public const int None = -1;

    private readonly IReadOnlyList<GroupTopic> _topics;
    private readonly Dictionary<string, int> _topicByName = new(StringComparer.Ordinal);
    private readonly int[] _firstPartition; // of each topic, in the row of all partitions
    private readonly int[] _topicOf; // by partition

    public StickyProblem(IReadOnlyList<GroupMember> members, IReadOnlyList<GroupTopic> topics, StickyClaim[] claims)
    {
        _topics = topics;
        MemberCount = members.Count;
        _firstPartition = new int[topics.Count];
        int partitions = 0;
        for (int i = 0; i < topics.Count; i++)
        {
            _topicByName[topics[i].Name] = i;
            _firstPartition[i] = partitions;
            partitions += topics[i].PartitionCount;
        }

        _topicOf = new int[partitions];
        for (int i = 0; i < topics.Count; i++)
        {
            _topicOf.AsSpan(_firstPartition[i], topics[i].PartitionCount).Fill(i);
        }

        ClassOfTopic = new int[topics.Count];
        Subscribers = MakeClasses(members);
        Owner = new int[partitions];
        Previous = new int[partitions];
        Owner.AsSpan().Fill(None);
        Previous.AsSpan().Fill(None);
        FindPrevious(claims);
        Previous.CopyTo(Owner.AsSpan());
    }

    public int MemberCount { get; }

    public int PartitionCount => Owner.Length;

    /// <summary>By class: its members, in order.</summary>
    public int[][] Subscribers { get; }

    /// <summary>By partition: who gets it.</summary>
    public int[] Owner { get; }

    /// <summary>By partition: who had it, rightfully, and still subscribes to it.</summary>
    public int[] Previous { get; }

    private int[] ClassOfTopic { get; }

    public int ClassOf(int partition) => ClassOfTopic[_topicOf[partition]];

    /// <summary>Leaves out what another member than its new owner may still own.</summary>
    public void Withhold(StickyClaim[] claims)
    {
        for (int member = 0; member < claims.Length; member++)
        {
            foreach (TopicPartition claimed in claims[member].Partitions)
            {
                int partition = Find(claimed);
                if (partition != None && Owner[partition] != member && Owner[partition] != Previous[partition])
                {
                    Owner[partition] = None;
                }
            }
        }
    }

    public IReadOnlyList<IReadOnlyList<TopicPartition>> Result()
    {
        List<TopicPartition>[] result = new List<TopicPartition>[MemberCount];
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = [];
        }

        for (int partition = 0; partition < Owner.Length; partition++)
        {
            if (Owner[partition] != None)
            {
                int topic = _topicOf[partition];
                result[Owner[partition]].Add(new TopicPartition(_topics[topic].Name, partition - _firstPartition[topic]));
            }
        }

        return result;
    }

    private int Find(TopicPartition claimed) =>
        _topicByName.TryGetValue(claimed.Topic, out int topic) && (uint)claimed.Partition < (uint)_topics[topic].PartitionCount
            ? _firstPartition[topic] + claimed.Partition
            : None;

    private int[][] MakeClasses(IReadOnlyList<GroupMember> members)
    {
        List<int>[] byTopic = new List<int>[_topics.Count];
        for (int i = 0; i < byTopic.Length; i++)
        {
            byTopic[i] = [];
        }

        for (int member = 0; member < members.Count; member++)
        {
            foreach (string name in members[member].Topics)
            {
                if (_topicByName.TryGetValue(name, out int topic) && (byTopic[topic].Count == 0 || byTopic[topic][^1] != member))
                {
                    byTopic[topic].Add(member);
                }
            }
        }

        Dictionary<string, int> classes = new(StringComparer.Ordinal);
        List<int[]> subscribers = [];
        for (int topic = 0; topic < byTopic.Length; topic++)
        {
            string key = string.Join(',', byTopic[topic]);
            if (!classes.TryGetValue(key, out int known))
            {
                classes[key] = known = subscribers.Count;
                subscribers.Add([.. byTopic[topic]]);
            }

            ClassOfTopic[topic] = known;
        }

        return [.. subscribers];
    }

    // The claim of the highest generation counts; two of the same generation make it nobody's.
    private void FindPrevious(StickyClaim[] claims)
    {
        int[] generation = new int[PartitionCount];
        for (int member = 0; member < claims.Length; member++)
        {
            foreach (TopicPartition claimed in claims[member].Partitions)
            {
                int partition = Find(claimed);
                if (partition == None)
                {
                    continue;
                }

                bool isFirst = generation[partition] == 0;
                int of = Math.Max(claims[member].Generation, -1) + 2; // 0 is: no claim yet
                if (isFirst || of > generation[partition])
                {
                    generation[partition] = of;
                    Previous[partition] = member;
                }
                else if (of == generation[partition] && Previous[partition] != member)
                {
                    Previous[partition] = None;
                }
            }
        }

        for (int partition = 0; partition < PartitionCount; partition++)
        {
            if (Previous[partition] != None && Array.BinarySearch(Subscribers[ClassOf(partition)], Previous[partition]) < 0)
            {
                Previous[partition] = None;
            }
        }
    }
}
