using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Tests.Administration;

/// <summary>Groups as they are listed, described and deleted.</summary>
public sealed class KafkaGroupsTests
{
    public static TheoryData<ulong> Seeds => GroupsWorld.Seeds;

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Groups_are_listed_from_every_broker_with_type_state_and_coordinator(ulong seed)
    {
        GroupsWorld world = new(seed);
        world.Run(async () =>
        {
            for (int i = 0; i < 9; i++)
            {
                await world.Groups.SetOffsetsAsync($"g{i}", [new TopicPartitionOffset("a", 0, i)]);
                await world.Cluster.MoveGroupCoordinatorAsync($"g{i}", 1 + (i % 3));
            }

            await world.JoinAsync("joined", Subscription("a"), Assignment("a", 0, 1));
            await world.JoinConsumerGroupAsync("modern", "b");

            IReadOnlyList<GroupListing> all = await world.Groups.ListAsync();

            Assert.Equal(["g0", "g1", "g2", "g3", "g4", "g5", "g6", "g7", "g8", "joined", "modern"], all.Select(static g => g.GroupId));
            Assert.Equal([1, 2, 3, 1, 2, 3, 1, 2, 3], all.Take(9).Select(static g => g.Coordinator));
            Assert.All(all.Take(9), static g => Assert.Equal((GroupType.Classic, GroupState.Empty, ""), (g.Type, g.State, g.ProtocolType)));
            Assert.Equal((GroupType.Classic, GroupState.Stable, "consumer"), (all[9].Type, all[9].State, all[9].ProtocolType));
            Assert.Equal((GroupType.Consumer, "consumer"), (all[10].Type, all[10].ProtocolType));
        });
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_broker_that_dies_while_groups_are_listed_takes_none_of_them_along(ulong seed)
    {
        GroupsWorld world = new(seed);
        world.Run(async () =>
        {
            for (int i = 0; i < 9; i++)
            {
                await world.Groups.SetOffsetsAsync($"g{i}", [new TopicPartitionOffset("a", 0, i)]);
                await world.Cluster.MoveGroupCoordinatorAsync($"g{i}", 1 + (i % 3));
            }

            HeldRequests held = world.Cluster.Faults.Hold(RequestMatch.Of(ApiKey.ListGroups) with { Broker = 2 });
            Task<IReadOnlyList<GroupListing>> listing = world.Groups.ListAsync();
            await held.WaitForHeldAsync();
            await world.Cluster.KillBrokerAsync(2);
            for (int i = 1; i < 9; i += 3)
            {
                await world.Cluster.MoveGroupCoordinatorAsync($"g{i}", 3);
            }

            Assert.Equal(9, (await listing).Count);
        });
    }

    [Fact]
    public void A_classic_group_is_described_with_what_its_members_read()
    {
        GroupsWorld world = new();
        world.Run(async () =>
        {
            string member = await world.JoinAsync("g", Subscription("b", "a"), Assignment("b", 2, 0));

            GroupDescription group = await world.Groups.DescribeAsync("g");

            Assert.Equal(("g", GroupType.Classic, GroupState.Stable, "consumer", "range", -1),
                (group.GroupId, group.Type, group.State, group.ProtocolType, group.Assignor, group.Epoch));
            GroupMemberDescription only = Assert.Single(group.Members);
            Assert.Equal((member, null, "admin"), (only.MemberId, only.GroupInstanceId, only.ClientId));
            Assert.NotEqual("", only.Host);
            Assert.Equal(["b", "a"], only.SubscribedTopics);
            Assert.Equal([new TopicPartition("b", 0), new TopicPartition("b", 2)], only.Assignment);
            Assert.Null(only.TargetAssignment);
        });
    }

    [Fact]
    public void A_consumer_group_is_described_with_target_epoch_and_rack()
    {
        GroupsWorld world = new();
        world.Run(async () =>
        {
            string member = await world.JoinConsumerGroupAsync("g", "b");

            GroupDescription group = await world.Groups.DescribeAsync("g");

            Assert.Equal((GroupType.Consumer, "consumer"), (group.Type, group.ProtocolType));
            Assert.NotEqual("", group.Assignor);
            Assert.True(group.Epoch > 0);
            GroupMemberDescription only = Assert.Single(group.Members);
            Assert.Equal((member, "admin", "r1"), (only.MemberId, only.ClientId, only.Rack));
            Assert.Equal(["b"], only.SubscribedTopics);
            Assert.Equal([new TopicPartition("b", 0), new TopicPartition("b", 1), new TopicPartition("b", 2)], only.TargetAssignment);
            Assert.True(only.Epoch > 0);
        });
    }

    [Fact]
    public void What_members_tell_is_read_only_where_it_can_be()
    {
        GroupsWorld world = new();
        world.Run(async () =>
        {
            await world.JoinAsync("garbage", [0, 3, 0x7f, 0xff, 0xff, 0xff], [0, 0, 0x7f, 0xff, 0xff, 0xff]);
            await world.JoinAsync("silent", [], []);
            await world.JoinAsync("workers", [1, 2, 3], [4, 5, 6], "connect");

            GroupMemberDescription garbage = Assert.Single((await world.Groups.DescribeAsync("garbage")).Members);
            Assert.Null(garbage.Assignment);
            Assert.Empty(garbage.SubscribedTopics);
            Assert.Empty(Assert.Single((await world.Groups.DescribeAsync("silent")).Members).Assignment!);
            GroupDescription workers = await world.Groups.DescribeAsync("workers");
            Assert.Equal("connect", workers.ProtocolType);
            Assert.Null(Assert.Single(workers.Members).Assignment);
        });
    }

    [Theory]
    [InlineData(null)]
    [InlineData("2.1")]
    [InlineData("3.9")]
    public void A_group_that_does_not_exist_is_told_as_such(string? release)
    {
        GroupsWorld world = new(release: release);
        world.Run(async () =>
        {
            KafkaBrokerException error = await Assert.ThrowsAsync<KafkaBrokerException>(() => world.Groups.DescribeAsync("nix"));
            Assert.Equal(ErrorCode.GroupIdNotFound, error.Code);
            Assert.Contains("group \"nix\"", error.Message);
            Assert.Contains("Check its spelling", error.Message);
            error = await Assert.ThrowsAsync<KafkaBrokerException>(() => world.Groups.DeleteAsync("nix"));
            Assert.Equal(ErrorCode.GroupIdNotFound, error.Code);
        });
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void G11_calls_follow_a_coordinator_that_moves(ulong seed)
    {
        GroupsWorld world = new(seed);
        world.Run(async () =>
        {
            for (int broker = 1; broker <= 3; broker++)
            {
                await world.Cluster.MoveGroupCoordinatorAsync("g", broker);
                await world.Groups.SetOffsetsAsync("g", [new TopicPartitionOffset("a", 0, broker)]);
                Assert.Equal(broker, (await world.Groups.DescribeAsync("g")).Coordinator);
                Assert.Equal(broker, Assert.Single(await world.Groups.OffsetsAsync("g")).Committed);
            }

            await world.Cluster.MoveGroupCoordinatorAsync("g", 2, loading: true);
            Task deleting = world.Groups.DeleteAsync("g");
            await world.Cluster.FinishLoadingGroupAsync("g");
            await deleting;
            Assert.Empty(await world.Groups.ListAsync());
        });
    }

    [Fact]
    public void A_group_with_members_is_not_deleted()
    {
        GroupsWorld world = new();
        world.Run(async () =>
        {
            await world.JoinAsync("g", Subscription("a"), Assignment("a", 0));
            KafkaBrokerException error = await Assert.ThrowsAsync<KafkaBrokerException>(() => world.Groups.DeleteAsync("g"));
            Assert.Equal(ErrorCode.NonEmptyGroup, error.Code);
            Assert.Contains("the group has members. Stop them first", error.Message);
        });
    }

    [Fact]
    public void A_lost_answer_to_a_deletion_is_told_and_not_sent_again()
    {
        GroupsWorld world = new();
        world.Run(async () =>
        {
            await world.Groups.SetOffsetsAsync("g", [new TopicPartitionOffset("a", 0, 1)]);
            world.Cluster.Faults.LoseAnswer(RequestMatch.Of(ApiKey.DeleteGroups).Once());
            await Assert.ThrowsAsync<KafkaConnectionException>(() => world.Groups.DeleteAsync("g"));
            Assert.Single(world.Cluster.Requests.Snapshot(ApiKey.DeleteGroups));
        });
    }

    [Fact]
    public void A_coordinator_that_does_not_answer_is_told_at_the_operation_timeout()
    {
        GroupsWorld world = new();
        world.Run(async () =>
        {
            await world.Groups.SetOffsetsAsync("g", [new TopicPartitionOffset("a", 0, 1)]);
            world.Cluster.Faults.LoseRequest(RequestMatch.Of(ApiKey.ConsumerGroupDescribe));
            TimeSpan start = world.Now;
            KafkaTimeoutException error = await Assert.ThrowsAsync<KafkaTimeoutException>(() => world.Groups.DescribeAsync("g"));
            Assert.StartsWith("Could not describe group \"g\" within 20 s. The last failure: ConsumerGroupDescribe v", error.Message);
            Assert.InRange(world.Now - start, TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(21));
        });
    }

    [Fact]
    public async Task Wrong_arguments_and_a_closed_client()
    {
        GroupsWorld world = new();
        world.Run(async () => await world.Groups.ListAsync());
        await Assert.ThrowsAsync<ArgumentException>(() => world.Groups.DescribeAsync(""));
        await Assert.ThrowsAsync<ArgumentNullException>(() => world.Groups.DeleteAsync(null!));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => world.Groups.DescribeAsync("g"));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => world.Groups.ListAsync());
    }

    internal static byte[] Subscription(params string[] topics) =>
        GroupMetadata.Write(new ConsumerProtocolSubscription { Topics = [.. topics] }, 1);

    internal static byte[] Assignment(string topic, params int[] partitions) => GroupMetadata.Write(
        new ConsumerProtocolAssignment
        {
            AssignedPartitions = [new ConsumerProtocolAssignment.TopicPartition { Topic = topic, Partitions = [.. partitions] }],
        },
        1);
}
