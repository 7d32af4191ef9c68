using System.Collections.Immutable;
using HighPerf.Kafka.Runtime;
using HighPerf.Kafka.Testing.ConsumerGroups;
using HighPerf.Kafka.Testing.ConsumerGroups.Assignors;

namespace HighPerf.Kafka.Testing.Tests.ConsumerGroups.Assignors;

/// <summary>The assignors as functions.</summary>
public sealed class AssignorTests
{
    private static readonly AssignorTopic T = new(new Guid(1, 0, 0, new byte[8]), 3);
    private static readonly AssignorTopic U = new(new Guid(2, 0, 0, new byte[8]), 3);
    private static readonly AssignorTopic V = new(new Guid(3, 0, 0, new byte[8]), 2);

    public static TheoryData<string> Names => ["uniform", "range"];

    [Theory]
    [MemberData(nameof(Names))]
    public void Nobody_gets_nothing(string assignor) => Assert.Empty(ServerAssignors.Assign(assignor, []));

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_partition_goes_to_one_subscriber_and_the_same_input_gives_the_same(string assignor)
    {
        for (ulong seed = 0; seed < 300; seed++)
        {
            List<AssignorMember> members = Random(new RandomSource(seed));
            ImmutableSortedSet<TopicIdPartition>[] targets = ServerAssignors.Assign(assignor, members);
            AssertValid(members, targets, seed);
            Assert.Equal(targets, ServerAssignors.Assign(assignor, members));
        }
    }

    [Fact]
    public void Uniform_is_balanced_and_stays_where_it_is()
    {
        for (ulong seed = 0; seed < 300; seed++)
        {
            List<AssignorMember> members = Random(new RandomSource(seed));
            ImmutableSortedSet<TopicIdPartition>[] targets = UniformAssignor.Assign(members);
            for (int i = 0; i < members.Count; i++)
            {
                // Nobody has two more than a member who could have one of them.
                foreach (TopicIdPartition partition in targets[i])
                {
                    Assert.DoesNotContain(
                        Enumerable.Range(0, members.Count),
                        other => targets[other].Count < targets[i].Count - 1 && members[other].Topics.Any(topic => topic.Id == partition.Topic));
                }
            }

            Assert.Equal(targets, UniformAssignor.Assign([.. members.Zip(targets, (member, target) => member with { Target = target })]));
        }
    }

    [Fact]
    public void Uniform_moves_no_more_than_it_must_when_one_comes_or_goes()
    {
        for (ulong seed = 0; seed < 200; seed++)
        {
            RandomSource random = new(seed);
            ImmutableArray<AssignorTopic> topics = [.. Topics(random)];
            int partitions = topics.Sum(topic => topic.Partitions);
            List<AssignorMember> members = [.. Enumerable.Range(0, 1 + random.Next(6)).Select(i => new AssignorMember($"m{i}", null, topics, []))];
            Settle(members);
            AssignorMember newcomer = new("new", null, topics, []);
            List<AssignorMember> grown = [.. members, newcomer];
            Assert.Equal(UniformAssignor.Assign(grown)[^1].Count, Settle(grown));
            Assert.InRange(grown[^1].Target.Count, partitions / grown.Count, (partitions / grown.Count) + 1);

            int leaving = random.Next(grown.Count);
            int released = grown[leaving].Target.Count;
            grown.RemoveAt(leaving);
            Assert.Equal(released, Settle(grown));
        }
    }

    [Fact]
    public void Uniform_gives_extra_partitions_to_those_that_have_them()
    {
        List<AssignorMember> members = [Member("a", null, [T], (T, [0])), Member("b", null, [T], (T, [1, 2]))];
        Assert.Equal(["0", "1,2"], Show(UniformAssignor.Assign(members)));
    }

    [Fact]
    public void Uniform_drops_what_is_no_more_subscribed()
    {
        List<AssignorMember> members = [Member("a", null, [U], (T, [0, 1]), (U, [0])), Member("b", null, [U], (T, [2]), (U, [2]))];
        Assert.Equal(["0,1", "2"], Show(UniformAssignor.Assign(members)));
    }

    [Fact]
    public void Uniform_evens_out_mixed_subscriptions()
    {
        List<AssignorMember> members = [Member("a", null, [T, U]), Member("b", null, [U]), Member("c", null, [U, V])];
        Assert.Equal([3, 3, 2], UniformAssignor.Assign(members).Select(target => target.Count));
    }

    [Fact]
    public void Range_cuts_each_topic_in_the_order_of_ids_with_static_members_first()
    {
        List<AssignorMember> members = [Member("b", null, [T, V]), Member("z", "2", [T, V]), Member("a", null, [T, V]), Member("y", "3", [T, V])];
        ImmutableSortedSet<TopicIdPartition>[] targets = RangeAssignor.Assign(members);
        Assert.Equal(["", "0", "2", "1"], Show(targets, T));
        Assert.Equal(["", "0", "", "1"], Show(targets, V));
    }

    [Fact]
    public void Range_gives_the_same_parts_of_topics_with_as_many_partitions_whatever_members_had()
    {
        List<AssignorMember> members = [Member("a", null, [T, U], (T, [2]), (U, [0])), Member("b", null, [T, U], (T, [0, 1]), (U, [1, 2]))];
        ImmutableSortedSet<TopicIdPartition>[] targets = RangeAssignor.Assign(members);
        Assert.Equal(["0,1", "2"], Show(targets, T));
        Assert.Equal(["0,1", "2"], Show(targets, U));
    }

    [Fact]
    public void Range_divides_a_topic_among_its_subscribers_only()
    {
        List<AssignorMember> members = [Member("a", null, [T]), Member("b", null, [T, U]), Member("c", null, [U, V])];
        ImmutableSortedSet<TopicIdPartition>[] targets = RangeAssignor.Assign(members);
        Assert.Equal(["0,1", "2", ""], Show(targets, T));
        Assert.Equal(["", "0,1", "2"], Show(targets, U));
        Assert.Equal(["", "", "0,1"], Show(targets, V));
    }

    private static AssignorMember Member(
        string id, string? instance, ImmutableArray<AssignorTopic> topics, params (AssignorTopic Topic, int[] Partitions)[] target) =>
        new(id, instance, topics, [.. target.SelectMany(part => part.Topic.Id.Of(part.Partitions))]);

    private static IEnumerable<string> Show(IEnumerable<ImmutableSortedSet<TopicIdPartition>> targets, AssignorTopic? topic = null) =>
        targets.Select(target => string.Join(',', target.Where(part => topic is null || part.Topic == topic.Value.Id).Select(part => part.Partition)));

    /// <summary>Assigns; returns how many partitions have another owner than before.</summary>
    private static int Settle(List<AssignorMember> members)
    {
        ImmutableSortedSet<TopicIdPartition>[] targets = UniformAssignor.Assign(members);
        int moved = 0;
        for (int i = 0; i < targets.Length; i++)
        {
            moved += targets[i].Except(members[i].Target).Count;
            members[i] = members[i] with { Target = targets[i] };
        }

        return moved;
    }

    private static IEnumerable<AssignorTopic> Topics(RandomSource random) =>
        Enumerable.Range(1, 1 + random.Next(5)).Select(i => new AssignorTopic(new Guid(i, 0, 0, new byte[8]), 1 + random.Next(9))).ToList();

    private static List<AssignorMember> Random(RandomSource random)
    {
        List<AssignorTopic> topics = [.. Topics(random)];
        bool isMixed = random.Chance(0.7);
        List<AssignorMember> members = [];
        for (int i = 1 + random.Next(7); i > 0; i--)
        {
            members.Add(new AssignorMember(
                $"m{random.Next(1000)}-{i}",
                random.Chance(0.3) ? $"i{i}" : null,
                [.. topics.Where(_ => !isMixed || random.Chance(0.5))],
                []));
        }

        // Somebody had each partition, or nobody, whether or not they subscribe to its topic now.
        foreach (TopicIdPartition partition in topics.SelectMany(topic => topic.Id.Of([.. Enumerable.Range(0, topic.Partitions)])))
        {
            int holder = random.Next(members.Count * 2);
            if (holder < members.Count)
            {
                members[holder] = members[holder] with { Target = members[holder].Target.Add(partition) };
            }
        }

        return members;
    }

    private static void AssertValid(List<AssignorMember> members, ImmutableSortedSet<TopicIdPartition>[] targets, ulong seed)
    {
        Assert.Equal(members.Count, targets.Length);
        for (int i = 0; i < members.Count; i++)
        {
            Assert.All(targets[i], partition => Assert.Contains(members[i].Topics, topic => topic.Id == partition.Topic));
        }

        IEnumerable<TopicIdPartition> all = members.SelectMany(member => member.Topics).Distinct()
            .SelectMany(topic => topic.Id.Of([.. Enumerable.Range(0, topic.Partitions)]));
        Assert.True(all.Order().SequenceEqual(targets.SelectMany(target => target).Order()), $"seed {seed}");
    }
}
