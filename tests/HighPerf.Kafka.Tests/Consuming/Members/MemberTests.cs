using HighPerf.Kafka.Tests.Scripting;

namespace HighPerf.Kafka.Tests.Consuming.Members;

/// <summary>A consumer as the member of a group, on the embedded cluster and virtual time.</summary>
public sealed class MemberTests
{
    public static TheoryData<ulong> Seeds => Simulation.Seeds;

    [Theory]
    [MemberData(nameof(Seeds))]
    public void G12_What_was_read_is_committed_at_close_and_the_next_member_begins_behind_it(ulong seed) => GroupWorld.Run(seed, 1, async world =>
    {
        await world.ProduceAsync(0, 10);
        KafkaConsumer<string, string> first = world.Join("first");
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(i, (await world.NextAsync(first)).Offset);
        }

        await first.DisposeAsync();
        Assert.Equal(["Join", "Sync", "Commit 0@4", "Leave"], world.Story("first")); // 4 was delivered, and nobody asked for the next
        await using KafkaConsumer<string, string> second = world.Join("second");
        Assert.Equal(4, (await world.NextAsync(second)).Offset);
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Without_automatic_commits_only_what_is_asked_for_is_committed(ulong seed) => GroupWorld.Run(seed, 1, async world =>
    {
        await world.ProduceAsync(0, 10);
        KafkaConsumer<string, string> first = world.Join("first", change: static options => options.EnableAutoCommit = false);
        for (int i = 0; i < 3; i++)
        {
            await world.NextAsync(first);
        }

        await first.CommitAsync();
        Assert.Equal(2, world.Committed(0));
        ConsumedRecord<string, string> record = await world.NextAsync(first);
        await first.CommitAsync(record);
        Assert.Equal(4, world.Committed(0));
        await world.NextAsync(first);
        await world.NextAsync(first);
        await first.DisposeAsync();
        Assert.Equal(["Join", "Sync", "Commit 0@2", "Commit 0@4", "Leave"], world.Story("first"));
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Stored_by_hand_nothing_else_is_committed(ulong seed) => GroupWorld.Run(seed, 1, async world =>
    {
        await world.ProduceAsync(0, 10);
        KafkaConsumer<string, string> first = world.Join("first", change: static options => options.OffsetStore = OffsetStore.Manual);
        for (int i = 0; i < 6; i++)
        {
            ConsumedRecord<string, string> record = await world.NextAsync(first);
            if (i == 2)
            {
                first.StoreOffset(record);
            }
        }

        await first.DisposeAsync();
        Assert.Equal(["Join", "Sync", "Commit 0@3", "Leave"], world.Story("first"));
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void In_the_background_what_is_stored_is_committed_every_interval(ulong seed) => GroupWorld.Run(seed, 1, async world =>
    {
        await world.ProduceAsync(0, 10);
        await using KafkaConsumer<string, string> first = world.Join("first", change: static options => options.AutoCommitInterval = TimeSpan.FromSeconds(5));
        for (int i = 0; i < 3; i++)
        {
            await world.NextAsync(first);
        }

        await world.UntilAsync(() => world.Committed(0) == 2, "two records are committed");
        await world.Wait(TimeSpan.FromSeconds(30));
        Assert.Equal(["Join", "Sync", "Commit 0@2"], world.Story("first")); // nothing to commit, nothing sent
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Partitions_are_shared_and_come_back_when_a_member_leaves(ulong seed) => GroupWorld.Run(seed, 4, async world =>
    {
        Listener listener = new();
        await using KafkaConsumer<string, string> first = world.Join("first", listener);
        await world.UntilAsync(() => first.Assignment.Count == 4, "the first has everything");
        Task<ConsumedRecord<string, string>> reading = world.NextAsync(first);
        KafkaConsumer<string, string> second = world.Join("second");
        await world.UntilAsync(() => first.Assignment.Count == 2 && second.Assignment.Count == 2, "they share");
        Assert.Empty(first.Assignment.Intersect(second.Assignment));
        Assert.NotEqual(first.MemberId, second.MemberId);
        await second.DisposeAsync();
        await world.UntilAsync(() => first.Assignment.Count == 4, "the first has everything again");
        await world.ProduceAsync(3, 1);
        Assert.Equal(3, (await reading).Partition);
        Assert.Equal("assigned 0,1,2,3", listener.Heard[0]);
        Assert.Equal(3, listener.Heard.Count);
        Assert.StartsWith("revoked", listener.Heard[1]);
        Assert.StartsWith("assigned", listener.Heard[2]);
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Committing_while_partitions_are_revoked_works(ulong seed) => GroupWorld.Run(seed, 2, async world =>
    {
        await world.ProduceAsync(0, 5);
        await world.ProduceAsync(1, 5);
        Listener listener = new();
        await using KafkaConsumer<string, string> first = world.Join("first", listener, static options => options.EnableAutoCommit = false);
        List<Exception> failures = [];
        listener.OnRevoked = async token =>
        {
            try
            {
                await first.CommitAsync(token);
            }
            catch (Exception e)
            {
                failures.Add(e);
            }
        };
        for (int i = 0; i < 10; i++)
        {
            await world.NextAsync(first);
        }

        Task waiting = world.NextAsync(first);
        await using KafkaConsumer<string, string> second = world.Join("second");
        await world.UntilAsync(() => second.Assignment.Count == 1, "the second has a partition");
        Assert.Empty(failures);
        Assert.Equal((5, 5), (world.Committed(0), world.Committed(1)));
        await world.ProduceAsync(first.Assignment[0].Partition, 1, from: 5);
        await waiting;
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_position_sought_when_partitions_are_assigned_is_where_reading_begins(ulong seed) => GroupWorld.Run(seed, 1, async world =>
    {
        await world.ProduceAsync(0, 10);
        await using KafkaConsumer<string, string> first = world.Create("first");
        first.Subscribe([GroupWorld.Topic], new Listener
        {
            OnAssigned = (partitions, _) =>
            {
                first.Seek(partitions[0], 7);
                return ValueTask.CompletedTask;
            },
        });
        Assert.Equal(7, (await world.NextAsync(first)).Offset);
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_pattern_finds_topics_that_are_created_later(ulong seed) => GroupWorld.Run(seed, 1, async world =>
    {
        await using KafkaConsumer<string, string> first = world.Create("first");
        first.SubscribePattern("orders|extra-.*");
        await world.UntilAsync(() => first.Assignment.Count == 1, "the topic that is there");
        await world.Cluster.CreateTopicAsync("extra-1", 2);
        await world.Cluster.CreateTopicAsync("other", 2);
        TimeSpan limit = world.Environment.Now + TimeSpan.FromMinutes(20);
        while (first.Assignment.Count != 3)
        {
            Assert.True(world.Environment.Now < limit, "the new topic was not found");
            using CancellationTokenSource patience = new(TimeSpan.FromSeconds(10), world.Environment.Time);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.WaitToReadAsync(patience.Token).AsTask());
        }

        Assert.All(first.Assignment, static partition => Assert.NotEqual("other", partition.Topic));
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void An_application_that_does_not_ask_loses_its_partitions_and_gets_them_back_when_it_does(ulong seed) => GroupWorld.Run(seed, 1, async world =>
    {
        await world.ProduceAsync(0, 10);
        Listener listener = new();
        await using KafkaConsumer<string, string> first = world.Join("first", listener, static options =>
        {
            options.MaxPollInterval = TimeSpan.FromSeconds(20);
        });
        Assert.Equal(0, (await world.NextAsync(first)).Offset);
        Assert.Equal(1, (await world.NextAsync(first)).Offset);
        await world.UntilAsync(() => listener.Heard.Contains("lost 0"), "the partition is lost");
        Assert.Contains("Leave", world.Story("first"));
        Assert.Empty(first.Assignment);
        Assert.Equal(0, (await world.NextAsync(first)).Offset); // nothing was committed
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Leaving_commits_and_gives_everything_up(ulong seed) => GroupWorld.Run(seed, 1, async world =>
    {
        await world.ProduceAsync(0, 10);
        await using KafkaConsumer<string, string> first = world.Join("first");
        for (int i = 0; i < 3; i++)
        {
            await world.NextAsync(first);
        }

        await first.UnsubscribeAsync();
        Assert.Equal(3, world.Committed(0)); // leaving asks for nothing more: what was delivered is processed
        Assert.Equal(["Join", "Sync", "Commit 0@3", "Leave"], world.Story("first"));
        Assert.Empty(first.Assignment);
        first.Assign(new TopicPartitionOffset(GroupWorld.Topic, 0, TopicPartitionOffset.Stored));
        Assert.Equal(3, (await world.NextAsync(first)).Offset);
        await first.CommitAsync([new OffsetCommit(GroupWorld.Topic, 0, 9) { Metadata = "by hand" }]);
        Assert.Equal(9, world.Committed(0));
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Rewinding_is_the_one_way_back(ulong seed) => GroupWorld.Run(seed, 1, async world =>
    {
        await world.ProduceAsync(0, 10);
        await using KafkaConsumer<string, string> first = world.Join("first");
        for (int i = 0; i < 8; i++)
        {
            await world.NextAsync(first);
        }

        TopicPartition partition = new(GroupWorld.Topic, 0);
        await first.CommitAsync();
        Assert.Equal(7, world.Committed(0));
        first.Seek(partition, 2);
        Assert.Equal(2, (await world.NextAsync(first)).Offset);
        await world.NextAsync(first);
        await first.CommitAsync();
        Assert.Equal(7, world.Committed(0)); // seeking does not take back
        await first.RewindAsync(partition, 1);
        Assert.Equal(1, world.Committed(0));
        Assert.Equal(1, (await world.NextAsync(first)).Offset);
        Assert.Equal(2, (await world.NextAsync(first)).Offset);
        await first.CommitAsync();
        Assert.Equal(2, world.Committed(0));
        Assert.Equal([2L], (await first.CommittedAsync([partition])).Select(static place => place.Offset));
        Assert.Equal(7, first.Lag(partition));
    });
}
