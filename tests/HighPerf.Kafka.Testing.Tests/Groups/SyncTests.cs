using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Testing.Tests.Groups;

public sealed class SyncTests
{
    [Fact]
    public void Every_version_is_given_what_the_leader_decided() => TestBroker.Simulate(async broker =>
    {
        RawClient client = await broker.ConnectAsync();
        TestMember member = (await TestMember.FormAsync(broker))[0];
        foreach (short version in Requests.Versions(0, 5))
        {
            SyncGroupRequest request = Sync(member);
            request.ProtocolType = "consumer";
            request.ProtocolName = "range";
            SyncGroupResponse response = await client.CallAsync(request, version);
            Assert.Equal((ErrorCode.None, 0), ((ErrorCode)response.ErrorCode, Assert.Single(response.Assignment)));
            Assert.Equal(version < 5 ? (null, null) : ("consumer", "range"), (response.ProtocolType, response.ProtocolName));
        }
    });

    [Fact]
    public void All_wait_for_the_leader_and_whom_it_forgets_gets_nothing() => TestBroker.Simulate(async broker =>
    {
        List<TestMember> members = await RejoinedAsync(broker, 3);
        Task<SyncGroupResponse> second = members[1].SyncAsync();
        Task<SyncGroupResponse> third = members[2].SyncAsync((members[2].Id, 9));
        await broker.WaitAsync(TimeSpan.FromSeconds(1));
        Assert.False(second.IsCompleted || third.IsCompleted);
        Assert.Equal(5, Assert.Single((await members[0].SyncAsync((members[1].Id, 7), (members[0].Id, 5), ("stranger", 8))).Assignment));
        Assert.Equal(7, Assert.Single((await second).Assignment));
        Assert.Empty((await third).Assignment);
        Assert.Equal(ErrorCode.None, (ErrorCode)(await third).ErrorCode);
    });

    [Theory]
    [InlineData(0, "", null, ErrorCode.UnknownMemberId)]
    [InlineData(0, "nobody", null, ErrorCode.UnknownMemberId)]
    [InlineData(7, "nobody", null, ErrorCode.UnknownMemberId)]
    [InlineData(1, null, null, ErrorCode.IllegalGeneration)]
    [InlineData(3, null, null, ErrorCode.IllegalGeneration)]
    [InlineData(2, null, "instance", ErrorCode.UnknownMemberId)]
    [InlineData(2, null, null, ErrorCode.None)]
    public void A_sync_is_refused(int generation, string? memberId, string? instanceId, ErrorCode expected) => TestBroker.Simulate(async broker =>
    {
        List<TestMember> members = await TestMember.FormAsync(broker, 2);
        members[1].Generation = generation;
        members[1].Id = memberId ?? members[1].Id;
        members[1].InstanceId = instanceId;
        Assert.Equal(expected, (ErrorCode)(await members[1].SyncAsync()).ErrorCode);
    });

    [Theory]
    [InlineData(4, null, null, ErrorCode.None)]
    [InlineData(5, null, null, ErrorCode.InconsistentGroupProtocol)]
    [InlineData(5, "consumer", null, ErrorCode.InconsistentGroupProtocol)]
    [InlineData(5, "consumer", "roundrobin", ErrorCode.InconsistentGroupProtocol)]
    [InlineData(5, "connect", "range", ErrorCode.InconsistentGroupProtocol)]
    [InlineData(5, "consumer", "range", ErrorCode.None)]
    public void From_version_5_on_the_protocol_is_named_and_must_be_that_of_the_generation(short version, string? type, string? name, ErrorCode expected) =>
        TestBroker.Simulate(async broker =>
        {
            TestMember member = (await TestMember.FormAsync(broker))[0];
            SyncGroupRequest request = Sync(member);
            request.ProtocolType = type;
            request.ProtocolName = name;
            Assert.Equal(expected, (ErrorCode)(await member.Client.CallAsync(request, version)).ErrorCode);
        });

    [Fact]
    public void Without_a_group_and_without_a_group_id() => TestBroker.Simulate(async broker =>
    {
        RawClient client = await broker.ConnectAsync();
        Assert.Equal(ErrorCode.UnknownMemberId, (ErrorCode)(await client.CallAsync(new SyncGroupRequest { GroupId = "none", MemberId = "m" }, 3)).ErrorCode);
        Assert.Equal(ErrorCode.InvalidGroupId, (ErrorCode)(await client.CallAsync(new SyncGroupRequest { GroupId = "", MemberId = "m" }, 3)).ErrorCode);
    });

    [Fact]
    public void A_rebalance_that_begins_while_the_leader_assigns_calls_everybody_back() => TestBroker.Simulate(async broker =>
    {
        List<TestMember> members = await RejoinedAsync(broker, 2);
        Task<SyncGroupResponse> waiting = members[1].SyncAsync();
        (_, Task<JoinGroupResponse> joining) = await TestMember.EnterAsync(broker);
        SyncGroupResponse response = await waiting;
        Assert.Equal(ErrorCode.RebalanceInProgress, (ErrorCode)response.ErrorCode);
        Assert.Empty(response.Assignment);
        Assert.Equal(ErrorCode.RebalanceInProgress, (ErrorCode)(await members[0].SyncAsync()).ErrorCode);
        Task<JoinGroupResponse> leads = members[0].JoinAsync();
        await members[1].JoinAsync();
        Assert.Equal((await leads).GenerationId, (await joining).GenerationId);
    });

    [Fact]
    public void Who_does_not_send_it_within_the_rebalance_timeout_is_out() => TestBroker.Simulate(async broker =>
    {
        List<TestMember> members = await RejoinedAsync(broker, 2, member => (member.RebalanceTimeoutMs, member.SessionTimeoutMs) = (5000, 60_000));
        TimeSpan start = broker.Now;
        Task<SyncGroupResponse> waiting = members[1].SyncAsync();
        Assert.Equal(ErrorCode.RebalanceInProgress, (ErrorCode)(await waiting).ErrorCode);
        Assert.InRange((broker.Now - start).TotalMilliseconds, 4500, 5500);
        JoinGroupResponse next = await members[1].JoinAsync();
        Assert.Equal((4, members[1].Id), (next.GenerationId, Assert.Single(next.Members).MemberId));
        Assert.Equal(ErrorCode.UnknownMemberId, await members[0].HeartbeatAsync());
    });

    [Fact]
    public void Also_in_a_stable_group() => TestBroker.Simulate(async broker =>
    {
        List<TestMember> members = await RejoinedAsync(broker, 2, member => (member.RebalanceTimeoutMs, member.SessionTimeoutMs) = (5000, 60_000));
        await members[0].AssignAsync(members);
        await broker.WaitAsync(TimeSpan.FromSeconds(4));
        Assert.Equal(ErrorCode.None, await members[0].HeartbeatAsync());
        Assert.Equal(ErrorCode.None, await members[1].HeartbeatAsync());
        await broker.WaitAsync(TimeSpan.FromSeconds(2));
        Assert.Equal(ErrorCode.RebalanceInProgress, await members[0].HeartbeatAsync());
        Assert.Equal(ErrorCode.UnknownMemberId, await members[1].HeartbeatAsync());
    });

    [Fact]
    public void Who_waits_for_the_leader_owes_no_heartbeats_and_owes_them_again_when_it_is_told() => TestBroker.Simulate(async broker =>
    {
        List<TestMember> members = await RejoinedAsync(broker, 2, member => member.SessionTimeoutMs = 2000);
        Task<SyncGroupResponse> waiting = members[1].SyncAsync();
        for (int i = 0; i < 5; i++)
        {
            await broker.WaitAsync(TimeSpan.FromSeconds(1));
            Assert.Equal(ErrorCode.None, await members[0].HeartbeatAsync());
        }

        await members[0].AssignAsync(members);
        Assert.Equal(1, Assert.Single((await waiting).Assignment));
        await broker.WaitAsync(TimeSpan.FromMilliseconds(1900));
        Assert.Equal(ErrorCode.None, await members[0].HeartbeatAsync());
        await broker.WaitAsync(TimeSpan.FromMilliseconds(300));
        Assert.Equal(ErrorCode.RebalanceInProgress, await members[0].HeartbeatAsync());
        Assert.Equal(ErrorCode.UnknownMemberId, await members[1].HeartbeatAsync());
    });

    /// <summary>A group that has joined its third generation (its second with all members) and waits for SyncGroup; the first member leads.</summary>
    private static async Task<List<TestMember>> RejoinedAsync(TestBroker broker, int count, Action<TestMember>? configure = null)
    {
        List<TestMember> members = await TestMember.FormAsync(broker, count, configure);
        Task<JoinGroupResponse> leads = members[0].JoinAsync();
        await broker.WaitAsync(TimeSpan.FromMilliseconds(100));
        await Task.WhenAll(members.Skip(1).Select(member => member.JoinAsync()));
        await leads;
        Assert.All(members, member => Assert.Equal((3, members[0].Id), (member.Generation, member.Leader)));
        return members;
    }

    private static SyncGroupRequest Sync(TestMember member) => new() { GroupId = TestMember.Group, MemberId = member.Id, GenerationId = member.Generation };
}
