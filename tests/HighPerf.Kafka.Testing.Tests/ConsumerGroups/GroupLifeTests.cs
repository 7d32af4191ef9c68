using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;

namespace HighPerf.Kafka.Testing.Tests.ConsumerGroups;

/// <summary>Consumer groups beside their members: commits, administrators, the other kind of group, coordinators.</summary>
public sealed class GroupLifeTests
{
    [Theory]
    [InlineData("a", 2, (short)9, ErrorCode.None)]
    [InlineData("a", 1, (short)9, ErrorCode.StaleMemberEpoch)]
    [InlineData("a", 3, (short)9, ErrorCode.StaleMemberEpoch)]
    [InlineData("a", -1, (short)9, ErrorCode.StaleMemberEpoch)]
    [InlineData("c", 2, (short)9, ErrorCode.UnknownMemberId)]
    [InlineData("", -1, (short)9, ErrorCode.UnknownMemberId)]
    [InlineData("a", 2, (short)8, ErrorCode.UnsupportedVersion)]
    [InlineData("c", 2, (short)8, ErrorCode.UnknownMemberId)]
    public void Members_commit_in_their_epoch(string member, int epoch, short version, ErrorCode expected) => TestBroker.Simulate(async broker =>
    {
        Guid id = await broker.CreateTopicAsync("t", partitions: 2);
        GroupClient client = await GroupClient.ConnectAsync(broker);
        await client.JoinAsync("a", "t");
        await client.JoinAsync("b", "t");
        await client.BeatAsync("a", 1, id.Of(0));
        Assert.Equal(expected, await CommitAsync(broker, member, epoch, version));
    });

    [Fact]
    public void Anybody_commits_when_nobody_is_a_member() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t", partitions: 2);
        GroupClient client = await GroupClient.ConnectAsync(broker);
        await client.JoinAsync("a", "t");
        Assert.Equal(ErrorCode.UnknownMemberId, await CommitAsync(broker, "", -1, 9));
        await client.BeatAsync("a", -1);
        Assert.Equal(ErrorCode.None, await CommitAsync(broker, "", -1, 9));
        Assert.Equal(ErrorCode.None, await CommitAsync(broker, "", -1, 2));
        Assert.Equal(ErrorCode.UnknownMemberId, await CommitAsync(broker, "a", 1, 9));
    });

    [Theory]
    [InlineData(null, -1, ErrorCode.None)]
    [InlineData("a", 1, ErrorCode.None)]
    [InlineData("a", 0, ErrorCode.StaleMemberEpoch)]
    [InlineData("a", 2, ErrorCode.StaleMemberEpoch)]
    [InlineData("c", 1, ErrorCode.UnknownMemberId)]
    public void Members_fetch_offsets_in_their_epoch(string? member, int epoch, ErrorCode expected) => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        GroupClient client = await GroupClient.ConnectAsync(broker);
        await client.JoinAsync("a", "t");
        await CommitAsync(broker, "a", 1, 9);
        Assert.Equal((expected, expected == ErrorCode.None ? 42 : null), await FetchAsync(broker, member, epoch));
    });

    [Fact]
    public void A_group_is_described() => TestBroker.Simulate(async broker =>
    {
        Guid id = await broker.CreateTopicAsync("t", partitions: 2);
        GroupClient client = await GroupClient.ConnectAsync(broker);
        ConsumerGroupHeartbeatRequest request = GroupClient.Joining("a", "t");
        request.RackId = "r";
        await client.SendAsync(request);
        await client.JoinStaticAsync("b", "i", "t", "u");
        await client.BeatAsync("a", 1);
        ConsumerGroupDescribeResponse.DescribedGroup group = await client.DescribeAsync();
        Assert.Equal(
            ("g", "Reconciling", 2, 2, "uniform", int.MinValue),
            (group.GroupId, group.GroupState, group.GroupEpoch, group.AssignmentEpoch, group.AssignorName, group.AuthorizedOperations));
        Assert.Equal(["a", "b"], group.Members.Select(member => member.MemberId));
        ConsumerGroupDescribeResponse.Member a = group.Members[0];
        Assert.Equal((null, "r", 1, 1), (a.InstanceId, a.RackId, a.MemberEpoch, a.MemberType));
        Assert.Equal(["t"], a.SubscribedTopicNames);
        Assert.Equal(("t", id), (a.Assignment.TopicPartitions[0].TopicName, a.Assignment.TopicPartitions[0].TopicId));
        Assert.Equal([0], a.Assignment.TopicPartitions[0].Partitions);
        Assert.Equal([0], a.TargetAssignment.TopicPartitions[0].Partitions);
        ConsumerGroupDescribeResponse.Member b = group.Members[1];
        Assert.Equal(("i", 2), (b.InstanceId, b.MemberEpoch));
        Assert.Equal(["t", "u"], b.SubscribedTopicNames);
        Assert.Empty(b.Assignment.TopicPartitions);
        Assert.Equal([1], b.TargetAssignment.TopicPartitions[0].Partitions);
        Assert.Equal((1 << 3) | (1 << 6) | (1 << 8) | (1 << 10) | (1 << 11), (await client.DescribeAsync(includeOperations: true)).AuthorizedOperations);
    });

    [Fact]
    public void Only_consumer_groups_are_described_as_such() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        GroupClient client = await GroupClient.ConnectAsync(broker);
        Assert.Equal(ErrorCode.GroupIdNotFound, (ErrorCode)(await client.DescribeAsync()).ErrorCode);
        await CommitAsync(broker, "", -1, 9);
        Assert.Equal(ErrorCode.GroupIdNotFound, (ErrorCode)(await client.DescribeAsync()).ErrorCode);
        Assert.Equal(ErrorCode.GroupIdNotFound, (await client.BeatAsync("a", -1)).Error());
        await client.JoinAsync("a", "t");
        Assert.Equal(ErrorCode.None, (ErrorCode)(await client.DescribeAsync()).ErrorCode);
    });

    [Fact]
    public void A_consumer_group_takes_the_place_of_offsets_without_members() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        GroupClient client = await GroupClient.ConnectAsync(broker);
        await CommitAsync(broker, "", -1, 9);
        await client.JoinAsync("a", "t");
        Assert.Equal((ErrorCode.None, 42), await FetchAsync(broker, "a", 1));
    });

    [Fact]
    public void A_group_with_members_keeps_its_kind_and_an_empty_one_takes_another() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        GroupClient client = await GroupClient.ConnectAsync(broker);
        await client.JoinAsync("a", "t");
        RawClient classic = await broker.ConnectAsync();
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, (ErrorCode)(await JoinClassicAsync(classic, "")).ErrorCode);
        await client.BeatAsync("a", -1);
        JoinGroupResponse joined = await JoinClassicAsync(classic, "");
        Assert.Equal(ErrorCode.MemberIdRequired, (ErrorCode)joined.ErrorCode);
        joined = await JoinClassicAsync(classic, joined.MemberId);
        Assert.Equal(ErrorCode.None, (ErrorCode)joined.ErrorCode);
        Assert.Equal(ErrorCode.GroupIdNotFound, (await client.JoinAsync("b", "t")).Error());
        Assert.Equal(ErrorCode.GroupIdNotFound, (await client.BeatAsync("b", 1)).Error());
        LeaveGroupRequest leave = new() { GroupId = "g", Members = [new LeaveGroupRequest.MemberIdentity { MemberId = joined.MemberId }] };
        Assert.Equal(ErrorCode.None, (ErrorCode)(await classic.CallAsync(leave, 5)).ErrorCode);
        Assert.Equal(ErrorCode.None, (await client.JoinAsync("b", "t")).Error());
    });

    [Fact]
    public void Consumer_groups_are_listed_as_such() => TestBroker.Simulate(async broker =>
    {
        GroupClient client = await GroupClient.ConnectAsync(broker);
        await client.JoinAsync("a", "t");
        RawClient admin = await broker.ConnectAsync();
        ListGroupsResponse.ListedGroup listed = Assert.Single((await admin.CallAsync(new ListGroupsRequest { TypesFilter = ["consumer"] }, 5)).Groups);
        Assert.Equal(("g", "consumer", "Stable", "consumer"), (listed.GroupId, listed.ProtocolType, listed.GroupState, listed.GroupType));
        DeleteGroupsRequest delete = new() { GroupsNames = ["g"] };
        Assert.Equal(ErrorCode.NonEmptyGroup, (ErrorCode)(await admin.CallAsync(delete, 2)).Results[0].ErrorCode);
        await client.BeatAsync("a", -1);
        Assert.Equal(ErrorCode.None, (ErrorCode)(await admin.CallAsync(delete, 2)).Results[0].ErrorCode);
        Assert.Equal(ErrorCode.GroupIdNotFound, (await client.BeatAsync("a", 1)).Error());
    });

    [Fact]
    public void Members_survive_a_move_of_the_coordinator_and_their_time_begins_anew() => TestBroker.Simulate(
        async broker =>
        {
            Guid id = await broker.CreateTopicAsync("t", partitions: 2);
            int slot = CoordinatorTable.SlotOf(GroupClient.Group);
            await MoveAsync(broker, slot, 1, false);
            GroupClient client = await GroupClient.ConnectAsync(broker);
            ConsumerGroupHeartbeatRequest request = GroupClient.Joining("a", "t");
            request.RebalanceTimeoutMs = 30_000;
            await client.SendAsync(request);
            await client.JoinAsync("b", "t");
            Assert.Equal((1, "0"), (await client.BeatAsync("a", 1, id.Of(0, 1))).Step());
            await broker.WaitAsync(TimeSpan.FromSeconds(25));
            await MoveAsync(broker, slot, 2, false);
            Assert.Equal(ErrorCode.NotCoordinator, (await client.BeatAsync("a", 1)).Error());
            Assert.Equal(ErrorCode.NotCoordinator, (ErrorCode)(await client.DescribeAsync()).ErrorCode);
            await broker.WaitAsync(TimeSpan.FromSeconds(25));
            await MoveAsync(broker, slot, 1, true);
            Assert.Equal(ErrorCode.CoordinatorLoadInProgress, (await client.BeatAsync("a", 1)).Error());
            await broker.WaitAsync(TimeSpan.FromSeconds(25));
            await LoopCall<bool>.RunAsync(broker.Model, () =>
            {
                broker.Model.Coordinators.EndLoading(CoordinatorKind.Group, slot);
                return true;
            });
            Assert.Equal((1, null), (await client.BeatAsync("a", 1, id.Of(0, 1))).Step());
            Assert.Equal((2, null), (await client.BeatAsync("b", 2)).Step());
            await broker.WaitAsync(TimeSpan.FromSeconds(31));
            Assert.Equal(ErrorCode.UnknownMemberId, (await client.BeatAsync("a", 1)).Error());
            Assert.Equal((3, "0,1"), (await client.BeatAsync("b", 2)).Step());
        },
        new KafkaTestClusterOptions { Brokers = 2 });

    private static Task MoveAsync(TestBroker broker, int slot, int brokerId, bool loading) => LoopCall<bool>.RunAsync(broker.Model, () =>
    {
        broker.Model.Coordinators.Move(CoordinatorKind.Group, slot, brokerId, loading);
        return true;
    });

    private static async Task<ErrorCode> CommitAsync(TestBroker broker, string member, int epoch, short version)
    {
        OffsetCommitRequest request = new()
        {
            GroupId = "g",
            MemberId = member,
            GenerationIdOrMemberEpoch = epoch,
            Topics =
            [
                new OffsetCommitRequest.OffsetCommitRequestTopic
                {
                    Name = "t",
                    Partitions = [new OffsetCommitRequest.OffsetCommitRequestPartition { PartitionIndex = 0, CommittedOffset = 42 }],
                },
            ],
        };
        RawClient client = await broker.ConnectAsync();
        return (ErrorCode)(await client.CallAsync(request, version)).Topics[0].Partitions[0].ErrorCode;
    }

    private static async Task<(ErrorCode Error, long? Offset)> FetchAsync(TestBroker broker, string? member, int epoch)
    {
        OffsetFetchRequest request = new()
        {
            Groups =
            [
                new OffsetFetchRequest.OffsetFetchRequestGroup
                {
                    GroupId = "g",
                    MemberId = member,
                    MemberEpoch = epoch,
                    Topics = [new OffsetFetchRequest.OffsetFetchRequestTopics { Name = "t", PartitionIndexes = [0] }],
                },
            ],
        };
        RawClient client = await broker.ConnectAsync();
        OffsetFetchResponse.OffsetFetchResponseGroup group = (await client.CallAsync(request, 9)).Groups[0];
        return ((ErrorCode)group.ErrorCode, group.Topics.FirstOrDefault()?.Partitions[0].CommittedOffset);
    }

    private static Task<JoinGroupResponse> JoinClassicAsync(RawClient client, string member) => client.CallAsync(
        new JoinGroupRequest
        {
            GroupId = "g",
            SessionTimeoutMs = 30_000,
            RebalanceTimeoutMs = 30_000,
            MemberId = member,
            ProtocolType = "consumer",
            Protocols = [new JoinGroupRequest.JoinGroupRequestProtocol { Name = "range", Metadata = [] }],
        },
        9);
}
