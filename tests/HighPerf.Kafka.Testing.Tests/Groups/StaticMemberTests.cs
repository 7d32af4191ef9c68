using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Testing.Tests.Groups;

/// <summary>Members with an instance id (KIP-345, KIP-814).</summary>
public sealed class StaticMemberTests
{
    [Fact]
    public void A_static_member_joins_at_once_and_has_its_instance_in_its_id() => TestBroker.Simulate(async broker =>
    {
        TestMember member = await TestMember.ConnectAsync(broker, "i1");
        JoinGroupResponse response = await member.JoinAsync();
        Assert.Equal((ErrorCode.None, 1), ((ErrorCode)response.ErrorCode, response.GenerationId));
        Assert.StartsWith("i1-", response.MemberId, StringComparison.Ordinal);
        Assert.Equal("i1", Assert.Single(response.Members).GroupInstanceId);
    });

    [Theory]
    [InlineData(8)]
    [InlineData(9)]
    public void A_follower_that_comes_back_gets_a_new_id_and_its_old_assignment_without_a_rebalance(short version) => TestBroker.Simulate(async broker =>
    {
        List<TestMember> members = await FormAsync(broker);
        TestMember again = await TestMember.ConnectAsync(broker, "i1");
        again.JoinVersion = version;
        JoinGroupResponse response = await again.JoinAsync();
        Assert.Equal((ErrorCode.None, members[1].Generation), ((ErrorCode)response.ErrorCode, response.GenerationId));
        Assert.Equal((members[0].Id, false), (response.Leader, response.SkipAssignment));
        Assert.Empty(response.Members);
        Assert.NotEqual(members[1].Id, again.Id);
        Assert.Equal(1, Assert.Single((await again.SyncAsync()).Assignment));
        Assert.Equal(ErrorCode.None, await members[0].HeartbeatAsync());
        Assert.Equal(ErrorCode.FencedInstanceId, await members[1].HeartbeatAsync());
    });

    [Fact]
    public void A_leader_that_comes_back_leads_and_need_not_assign() => TestBroker.Simulate(async broker =>
    {
        List<TestMember> members = await FormAsync(broker);
        TestMember again = await TestMember.ConnectAsync(broker, "i0");
        JoinGroupResponse response = await again.JoinAsync();
        Assert.Equal((members[0].Generation, again.Id, true), (response.GenerationId, response.Leader, response.SkipAssignment));
        Assert.Equal(["i0", "i1"], response.Members.Select(member => member.GroupInstanceId));
        Assert.Equal(0, Assert.Single((await again.SyncAsync()).Assignment));
        Assert.Equal(ErrorCode.None, await members[1].HeartbeatAsync());
    });

    [Fact]
    public void An_old_leader_that_comes_back_is_told_its_old_id_as_the_leaders() => TestBroker.Simulate(async broker =>
    {
        List<TestMember> members = await FormAsync(broker);
        TestMember again = await TestMember.ConnectAsync(broker, "i0");
        again.JoinVersion = 8;
        JoinGroupResponse response = await again.JoinAsync();
        Assert.Equal((members[0].Generation, members[0].Id, false), (response.GenerationId, response.Leader, response.SkipAssignment));
        Assert.Empty(response.Members);

        // It leads all the same: joining again as a member begins a rebalance.
        Task<JoinGroupResponse> next = again.JoinAsync();
        await broker.WaitAsync(TimeSpan.FromMilliseconds(100));
        Assert.Equal(ErrorCode.RebalanceInProgress, await members[1].HeartbeatAsync());
        await members[1].JoinAsync();
        Assert.Equal(again.Id, (await next).Leader);
    });

    [Fact]
    public void The_old_id_is_fenced_everywhere() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        List<TestMember> members = await FormAsync(broker);
        await (await TestMember.ConnectAsync(broker, "i1")).JoinAsync();
        TestMember old = members[1];
        Assert.Equal(ErrorCode.FencedInstanceId, await old.HeartbeatAsync());
        Assert.Equal(ErrorCode.FencedInstanceId, (ErrorCode)(await old.SyncAsync()).ErrorCode);
        Assert.Equal(ErrorCode.FencedInstanceId, (ErrorCode)(await old.JoinAsync()).ErrorCode);
        Assert.Equal(ErrorCode.FencedInstanceId, await old.CommitAsync(1));
        Assert.Equal(ErrorCode.FencedInstanceId, await old.LeaveAsync());

        // The generation is looked at after the instance.
        old.Generation = 77;
        Assert.Equal(ErrorCode.FencedInstanceId, await old.HeartbeatAsync());
        Assert.Equal(ErrorCode.FencedInstanceId, await old.CommitAsync(1));
    });

    [Fact]
    public void Whoever_waits_under_the_old_id_is_fenced_at_once() => TestBroker.Simulate(async broker =>
    {
        List<TestMember> members = await FormAsync(broker);
        Task<JoinGroupResponse> joining = members[0].JoinAsync();
        await broker.WaitAsync(TimeSpan.FromMilliseconds(100));
        TestMember again = await TestMember.ConnectAsync(broker, "i0");
        Task<JoinGroupResponse> replaced = again.JoinAsync();
        Assert.Equal((ErrorCode.FencedInstanceId, members[0].Id), ((ErrorCode)(await joining).ErrorCode, (await joining).MemberId));
        await members[1].JoinAsync();
        JoinGroupResponse taken = await replaced;
        Assert.Equal(again.Id, taken.Leader);

        // In the next phase it is a SyncGroup that waits; the rebalance begins anew, for the leader has the old id.
        Task<SyncGroupResponse> syncing = members[1].SyncAsync();
        await broker.WaitAsync(TimeSpan.FromMilliseconds(100));
        TestMember other = await TestMember.ConnectAsync(broker, "i1");
        Task<JoinGroupResponse> next = other.JoinAsync();
        Assert.Equal(ErrorCode.FencedInstanceId, (ErrorCode)(await syncing).ErrorCode);
        Assert.Equal(ErrorCode.RebalanceInProgress, await again.HeartbeatAsync());
        await again.JoinAsync();
        Assert.Equal((4, 4), (again.Generation, (await next).GenerationId));
    });

    [Fact]
    public void One_that_comes_back_with_other_metadata_is_taken_and_one_that_changes_the_protocol_begins_a_rebalance() => TestBroker.Simulate(async broker =>
    {
        List<TestMember> members = await FormAsync(broker, member => member.Protocols = ["a", "b"]);
        TestMember again = await TestMember.ConnectAsync(broker, "i1");
        again.Protocols = ["a", "b"];
        again.Topics = ["other"];
        Assert.Equal(2, (await again.JoinAsync()).GenerationId);
        Assert.Equal(ErrorCode.None, await members[0].HeartbeatAsync());
        TestMember changed = await TestMember.ConnectAsync(broker, "i1");
        changed.Protocols = ["b"];
        Task<JoinGroupResponse> joining = changed.JoinAsync();
        await broker.WaitAsync(TimeSpan.FromMilliseconds(100));
        Assert.Equal(ErrorCode.RebalanceInProgress, await members[0].HeartbeatAsync());
        await members[0].JoinAsync();
        Assert.Equal((3, "b"), ((await joining).GenerationId, (await joining).ProtocolName));
    });

    [Fact]
    public void A_static_member_that_misses_a_rebalance_stays_until_its_session_ends() => TestBroker.Simulate(async broker =>
    {
        List<TestMember> members = await FormAsync(broker, member => (member.RebalanceTimeoutMs, member.SessionTimeoutMs) = (3000, 8000));
        Task<JoinGroupResponse> joining = members[0].JoinAsync();
        JoinGroupResponse response = await joining;
        Assert.Equal(["i0", "i1"], response.Members.Select(member => member.GroupInstanceId));
        await members[0].SyncAsync();
        Assert.Equal(ErrorCode.IllegalGeneration, await members[1].HeartbeatAsync());

        // It does not send SyncGroup either.
        await broker.WaitAsync(TimeSpan.FromSeconds(4));
        Assert.Equal(ErrorCode.RebalanceInProgress, await members[0].HeartbeatAsync());
        Assert.Single((await members[0].JoinAsync()).Members);
        Assert.Equal(ErrorCode.UnknownMemberId, await members[1].HeartbeatAsync());
    });

    [Fact]
    public void When_only_unseen_static_members_are_left_the_rebalance_waits_for_their_sessions() => TestBroker.Simulate(async broker =>
    {
        List<TestMember> members = await FormAsync(broker, member => (member.RebalanceTimeoutMs, member.SessionTimeoutMs) = (3000, 8000));
        TestMember dynamic = await TestMember.ConnectAsync(broker);
        (dynamic.RebalanceTimeoutMs, dynamic.SessionTimeoutMs) = (3000, 8000);
        await dynamic.JoinAsync();
        Task<JoinGroupResponse> joining = dynamic.JoinAsync();
        await broker.WaitAsync(TimeSpan.FromMilliseconds(100));
        await dynamic.Client.CloseAsync();
        await Assert.ThrowsAsync<EndOfStreamException>(() => joining);
        RawClient admin = await broker.ConnectAsync();
        await admin.CallAsync(new LeaveGroupRequest { GroupId = "g", Members = [new() { MemberId = dynamic.Id }] }, 5);
        await broker.WaitAsync(TimeSpan.FromSeconds(4));
        Assert.Equal(("PreparingRebalance", 2), (broker.Model.Groups.Find("g")!.State, members[0].Generation));
        await broker.WaitAsync(TimeSpan.FromSeconds(5));
        Assert.Equal("Empty", broker.Model.Groups.Find("g")!.State);
    });

    [Theory]
    [InlineData(null, "nobody", ErrorCode.UnknownMemberId)]
    [InlineData("nobody", "i0", ErrorCode.FencedInstanceId)]
    [InlineData("nobody", "nobody", ErrorCode.UnknownMemberId)]
    public void An_id_and_an_instance_must_belong_together(string? memberId, string instanceId, ErrorCode expected) => TestBroker.Simulate(async broker =>
    {
        TestMember member = (await FormAsync(broker))[0];
        member.Id = memberId ?? member.Id;
        member.InstanceId = instanceId;
        Assert.Equal(expected, (ErrorCode)(await member.JoinAsync()).ErrorCode);
        Assert.Equal(expected, await member.HeartbeatAsync());
        Assert.Equal(expected, await member.LeaveAsync());
    });

    /// <summary>Two static members, i0 (which leads) and i1, in a stable generation 2.</summary>
    private static async Task<List<TestMember>> FormAsync(TestBroker broker, Action<TestMember>? configure = null)
    {
        List<TestMember> members = [];
        for (int i = 0; i < 2; i++)
        {
            TestMember member = await TestMember.ConnectAsync(broker, $"i{i}");
            configure?.Invoke(member);
            members.Add(member);
        }

        await members[0].JoinAsync();
        await TestMember.SettleAsync([members[0]]);
        Task<JoinGroupResponse> joining = members[1].JoinAsync();
        await broker.WaitAsync(TimeSpan.FromMilliseconds(100));
        await members[0].JoinAsync();
        await joining;
        await TestMember.SettleAsync(members);
        return members;
    }
}
