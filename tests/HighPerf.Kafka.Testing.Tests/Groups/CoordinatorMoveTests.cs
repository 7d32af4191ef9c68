using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;

namespace HighPerf.Kafka.Testing.Tests.Groups;

/// <summary>
/// A group goes from one broker to another. The next coordinator knows the last generation that was complete, and nothing of a rebalance after it.
/// </summary>
public sealed class CoordinatorMoveTests
{
    private static readonly int Slot = CoordinatorTable.SlotOf(TestMember.Group);

    [Fact]
    public void Everything_is_refused_by_who_is_not_the_coordinator() => TestBroker.Simulate(
        async broker =>
        {
            await broker.CreateTopicAsync("t");
            await MoveAsync(broker, 2);
            TestMember member = await TestMember.ConnectAsync(broker);
            RawClient client = member.Client;
            Assert.Equal(ErrorCode.NotCoordinator, (ErrorCode)(await member.JoinAsync()).ErrorCode);
            Assert.Equal(ErrorCode.NotCoordinator, (ErrorCode)(await member.SyncAsync()).ErrorCode);
            Assert.Equal(ErrorCode.NotCoordinator, await member.HeartbeatAsync());
            Assert.Equal(ErrorCode.NotCoordinator, await member.CommitAsync(1));
            Assert.Equal(ErrorCode.NotCoordinator, (ErrorCode)(await client.CallAsync(new LeaveGroupRequest { GroupId = "g" }, 4)).ErrorCode);
            DescribeGroupsResponse described = await client.CallAsync(new DescribeGroupsRequest { Groups = ["g"] }, 6);
            Assert.Equal(ErrorCode.NotCoordinator, (ErrorCode)described.Groups[0].ErrorCode);
            DeleteGroupsResponse deleted = await client.CallAsync(new DeleteGroupsRequest { GroupsNames = ["g"] }, 2);
            Assert.Equal(ErrorCode.NotCoordinator, (ErrorCode)deleted.Results[0].ErrorCode);
            OffsetDeleteRequest delete = new() { GroupId = "g", Topics = [new() { Name = "t", Partitions = [new()] }] };
            Assert.Equal(ErrorCode.NotCoordinator, (ErrorCode)(await client.CallAsync(delete, 0)).ErrorCode);
            OffsetFetchRequest fetch = new() { GroupId = "g", Topics = [new() { Name = "t", PartitionIndexes = [0] }] };
            Assert.Equal(ErrorCode.NotCoordinator, (ErrorCode)(await client.CallAsync(fetch, 1)).Topics[0].Partitions[0].ErrorCode);
            Assert.Equal(ErrorCode.NotCoordinator, (ErrorCode)(await client.CallAsync(fetch, 7)).ErrorCode);
        },
        Brokers);

    [Fact]
    public void While_the_coordinator_loads_only_heartbeats_are_fine() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        TestMember member = (await TestMember.FormAsync(broker))[0];
        await MoveAsync(broker, 1, loading: true);
        Assert.Equal(ErrorCode.None, await member.HeartbeatAsync());
        Assert.Equal(ErrorCode.CoordinatorLoadInProgress, (ErrorCode)(await member.JoinAsync()).ErrorCode);
        Assert.Equal(ErrorCode.CoordinatorLoadInProgress, (ErrorCode)(await member.SyncAsync()).ErrorCode);
        Assert.Equal(ErrorCode.CoordinatorLoadInProgress, await member.CommitAsync(1));
        Assert.Equal(ErrorCode.CoordinatorLoadInProgress, (ErrorCode)(await member.Client.CallAsync(new ListGroupsRequest(), 4)).ErrorCode);

        // However long that takes, no session ends.
        await broker.WaitAsync(TimeSpan.FromSeconds(55));
        await RunAsync(broker, () => broker.Model.Coordinators.EndLoading(CoordinatorKind.Group, Slot));
        await broker.WaitAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(ErrorCode.None, await member.HeartbeatAsync());
        Assert.Equal(ErrorCode.None, await member.CommitAsync(1));
    });

    [Fact]
    public void A_stable_group_goes_on_with_the_next_coordinator_and_sessions_begin_anew() => TestBroker.Simulate(
        async broker =>
        {
            await MoveAsync(broker, 1);
            List<TestMember> members = await TestMember.FormAsync(broker, 2);
            await broker.WaitAsync(TimeSpan.FromSeconds(9));
            await MoveAsync(broker, 2);
            Assert.Equal(ErrorCode.NotCoordinator, await members[0].HeartbeatAsync());
            TestMember there = await TestMember.ConnectAsync(broker, broker.Model.Brokers[1]);
            there.Id = members[0].Id;
            there.Generation = members[0].Generation;
            await broker.WaitAsync(TimeSpan.FromSeconds(9));
            Assert.Equal(ErrorCode.None, await there.HeartbeatAsync());
            Assert.Equal(0, Assert.Single((await there.SyncAsync()).Assignment));
            await broker.WaitAsync(TimeSpan.FromSeconds(2));
            Assert.Equal(ErrorCode.RebalanceInProgress, await there.HeartbeatAsync());
        },
        Brokers);

    [Fact]
    public void Who_waits_to_join_is_told_and_the_rebalance_never_was() => TestBroker.Simulate(async broker =>
    {
        List<TestMember> members = await TestMember.FormAsync(broker, 2);
        Task<JoinGroupResponse> known = members[0].JoinAsync();
        (TestMember other, Task<JoinGroupResponse> joining) = await TestMember.EnterAsync(broker);
        TestMember pending = await TestMember.ConnectAsync(broker);
        await pending.JoinAsync();
        await MoveAsync(broker, 1);
        Assert.Equal(ErrorCode.NotCoordinator, (ErrorCode)(await known).ErrorCode);
        Assert.Equal(ErrorCode.NotCoordinator, (ErrorCode)(await joining).ErrorCode);
        Assert.Equal(ErrorCode.None, await members[1].HeartbeatAsync());
        Assert.Equal(ErrorCode.UnknownMemberId, (ErrorCode)(await other.JoinAsync()).ErrorCode);
        Assert.Equal(ErrorCode.UnknownMemberId, (ErrorCode)(await pending.JoinAsync()).ErrorCode);
        Assert.Equal(2, (await members[1].JoinAsync()).GenerationId);
    });

    [Fact]
    public void Who_waits_for_the_leader_is_told_and_the_generation_never_was() => TestBroker.Simulate(async broker =>
    {
        List<TestMember> members = await TestMember.FormAsync(broker, 2);
        Task<JoinGroupResponse> leads = members[0].JoinAsync();
        await broker.WaitAsync(TimeSpan.FromMilliseconds(100));
        await members[1].JoinAsync();
        await leads;
        Task<SyncGroupResponse> syncing = members[1].SyncAsync();
        await broker.WaitAsync(TimeSpan.FromMilliseconds(100));
        await MoveAsync(broker, 1);
        Assert.Equal(ErrorCode.NotCoordinator, (ErrorCode)(await syncing).ErrorCode);
        Assert.Equal(3, members[1].Generation);
        Assert.Equal(ErrorCode.IllegalGeneration, (ErrorCode)(await members[1].SyncAsync()).ErrorCode);
        Assert.Equal((2, 0), ((await members[1].JoinAsync()).GenerationId, (await members[1].SyncAsync()).ErrorCode));
    });

    [Fact]
    public void A_group_that_was_never_complete_is_empty_again() => TestBroker.Simulate(async broker =>
    {
        (TestMember member, Task<JoinGroupResponse> joining) = await TestMember.EnterAsync(broker);
        await joining;
        await MoveAsync(broker, 1);
        Assert.Equal("Empty", broker.Model.Groups.Find("g")!.State);
        Assert.Equal(ErrorCode.UnknownMemberId, await member.HeartbeatAsync());
        member.Id = "";
        await member.JoinAsync();
        Assert.Equal(1, (await member.JoinAsync()).GenerationId);
    });

    private static KafkaTestClusterOptions Brokers => new() { Brokers = 2 };

    private static Task MoveAsync(TestBroker broker, int node, bool loading = false) =>
        RunAsync(broker, () => broker.Model.Coordinators.Move(CoordinatorKind.Group, Slot, node, loading));

    private static Task RunAsync(TestBroker broker, Action action) => LoopCall<bool>.RunAsync(broker.Model, () =>
    {
        action();
        return true;
    });
}
