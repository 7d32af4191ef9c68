using System.Collections;

namespace HighPerf.Kafka.Tests.Groups.Assignors;

/// <summary>S2: what an assignor answers depends on what it is asked and on nothing else, whoever else asks meanwhile.</summary>
public sealed class AssignorPurityTests
{
    public static TheoryData<string> Names => ["range", "roundrobin", "sticky", "cooperative-sticky"];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task S2_a_plan_that_is_parked_while_another_is_made_is_not_changed_by_it(string name)
    {
        IPartitionAssignor assignor = Of(name);
        (List<GroupMember> members, List<GroupTopic> topics) = Group(seed: 1, members: 20, topics: 10, partitions: 12);
        (List<GroupMember> others, List<GroupTopic> otherTopics) = Group(seed: 2, members: 30, topics: 7, partitions: 40);
        string expected = Describe(assignor.Assign(members, topics));
        string expectedOther = Describe(assignor.Assign(others, otherTopics));
        ParkedList<GroupTopic> parked = new(topics) { ParkAfter = 1 };
        Task<string> first = Task.Factory.StartNew(
            () => Describe(assignor.Assign(members, parked)), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        parked.WaitUntilParked();
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(expectedOther, Describe(assignor.Assign(others, otherTopics)));
        }

        Assert.False(first.IsCompleted);
        parked.Go();
        Assert.Equal(expected, await first);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void S2_stress_64_threads_answer_as_one_does(string name)
    {
        IPartitionAssignor assignor = Of(name);
        (List<GroupMember> members, List<GroupTopic> topics) = Group(seed: 3, members: 200, topics: 20, partitions: 100);
        (List<GroupMember> others, List<GroupTopic> otherTopics) = Group(seed: 4, members: 150, topics: 30, partitions: 50);
        string expected = Describe(assignor.Assign(members, topics));
        string expectedOther = Describe(assignor.Assign(others, otherTopics));
        string?[] answers = new string?[64];
        using Barrier start = new(answers.Length);
        Thread[] threads = [.. Enumerable.Range(0, answers.Length).Select(i => new Thread(() =>
        {
            start.SignalAndWait();
            answers[i] = i % 2 == 0 ? Describe(assignor.Assign(members, topics)) : Describe(assignor.Assign(others, otherTopics));
        }))];
        Array.ForEach(threads, static thread => thread.Start());
        Array.ForEach(threads, static thread => thread.Join());
        for (int i = 0; i < answers.Length; i++)
        {
            Assert.Equal(i % 2 == 0 ? expected : expectedOther, answers[i]);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void What_is_asked_is_not_changed(string name)
    {
        (List<GroupMember> members, List<GroupTopic> topics) = Group(seed: 5, members: 20, topics: 10, partitions: 12);
        (List<GroupMember> same, List<GroupTopic> sameTopics) = Group(seed: 5, members: 20, topics: 10, partitions: 12);
        Of(name).Assign(members, topics);
        Assert.Equal(sameTopics, topics);
        Assert.Equal(same.Select(Describe), members.Select(Describe));
    }

    private static IPartitionAssignor Of(string name) => name switch
    {
        "range" => PartitionAssignors.Range,
        "roundrobin" => PartitionAssignors.RoundRobin,
        "sticky" => PartitionAssignors.Sticky,
        _ => PartitionAssignors.CooperativeSticky,
    };

    // Members of which most own something, and a third subscribe to half of the topics.
    private static (List<GroupMember> Members, List<GroupTopic> Topics) Group(int seed, int members, int topics, int partitions)
    {
        Random random = new(seed);
        List<GroupTopic> all = [.. Enumerable.Range(0, topics).Select(i => new GroupTopic($"t{i:00}", partitions))];
        List<TopicPartition>[] owned = [.. Enumerable.Range(0, members).Select(static _ => new List<TopicPartition>())];
        foreach (GroupTopic topic in all)
        {
            for (int i = 0; i < topic.PartitionCount; i++)
            {
                owned[random.Next(members * 3 / 4)].Add(new TopicPartition(topic.Name, i));
            }
        }

        List<GroupMember> result = [];
        for (int i = 0; i < members; i++)
        {
            string[] subscribed = [.. all.Where((_, t) => i % 3 != 0 || t % 2 == 0).Select(static topic => topic.Name)];
            byte[]? userData = PartitionAssignors.Sticky.GetUserData(subscribed, owned[i], 7);
            result.Add(new GroupMember($"m{i:000}", subscribed) { OwnedPartitions = owned[i], Generation = 7, UserData = userData });
        }

        return (result, all);
    }

    private static string Describe(IReadOnlyList<IReadOnlyList<TopicPartition>> assignment) => string.Join('\n', assignment.Select(GoldenGroup.Describe));

    private static string Describe(GroupMember member) => $"{member.MemberId} {string.Join(' ', member.Topics)} {GoldenGroup.Describe(member.OwnedPartitions)}";

    /// <summary>Stops whoever reads it in the middle.</summary>
    private sealed class ParkedList<T>(List<T> items) : IReadOnlyList<T>
    {
        private readonly ManualResetEventSlim _isParked = new();
        private readonly ManualResetEventSlim _mayGo = new();

        public int ParkAfter { get; init; }

        public int Count => items.Count;

        public T this[int index]
        {
            get
            {
                Pass(index);
                return items[index];
            }
        }

        public void WaitUntilParked() => Assert.True(_isParked.Wait(TimeSpan.FromSeconds(30)));

        public void Go() => _mayGo.Set();

        public IEnumerator<T> GetEnumerator()
        {
            for (int i = 0; i < items.Count; i++)
            {
                Pass(i);
                yield return items[i];
            }
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        private void Pass(int index)
        {
            if (index == ParkAfter)
            {
                _isParked.Set();
                _mayGo.Wait(TimeSpan.FromSeconds(60));
            }
        }
    }
}
