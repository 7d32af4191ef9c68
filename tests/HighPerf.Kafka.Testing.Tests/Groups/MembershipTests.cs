using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Testing.Tests.Groups;

/// <summary>Heartbeats, sessions, leaving.</summary>
public sealed class MembershipTests
{
    [Theory]
    [InlineData("g", null, 1, null, ErrorCode.None)]
    [InlineData("g", null, 0, null, ErrorCode.IllegalGeneration)]
    [InlineData("g", null, 2, null, ErrorCode.IllegalGeneration)]
    [InlineData("g", "nobody", 1, null, ErrorCode.UnknownMemberId)]
    [InlineData("g", null, 1, "instance", ErrorCode.UnknownMemberId)]
    [InlineData("none", null, 1, null, ErrorCode.UnknownMemberId)]
    [InlineData("", null, 1, null, ErrorCode.InvalidGroupId)]
    public void A_heartbeat_is_answered(string group, string? member, int generation, string? instance, ErrorCode expected) => TestBroker.Simulate(
        async broker =>
        {
            TestMember known = (await TestMember.FormAsync(broker))[0];
            HeartbeatRequest request = new() { GroupId = group, MemberId = member ?? known.Id, GenerationId = generation, GroupInstanceId = instance };
            foreach (short version in Requests.Versions(instance is null ? (short)0 : (short)3, 4))
            {
                Assert.Equal(expected, (ErrorCode)(await known.Client.CallAsync(request, version)).ErrorCode);
            }
        });

    [Fact]
    public void Heartbeats_and_commits_keep_a_session_and_silence_ends_it() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        List<TestMember> members = await TestMember.FormAsync(broker, 2, member => member.SessionTimeoutMs = 3000);
        for (int i = 0; i < 4; i++)
        {
            await broker.WaitAsync(TimeSpan.FromSeconds(2));
            Assert.Equal(ErrorCode.None, await members[0].HeartbeatAsync());
            Assert.Equal(ErrorCode.None, await members[1].CommitAsync(i));
        }

        await broker.WaitAsync(TimeSpan.FromSeconds(2));
        Assert.Equal(ErrorCode.None, await members[0].HeartbeatAsync());
        await broker.WaitAsync(TimeSpan.FromSeconds(2));
        Assert.Equal(ErrorCode.RebalanceInProgress, await members[0].HeartbeatAsync());
        Assert.Equal(ErrorCode.UnknownMemberId, await members[1].HeartbeatAsync());
        Assert.Single((await members[0].JoinAsync()).Members);
    });

    [Fact]
    public void Who_waits_in_a_rebalance_owes_no_heartbeats_and_who_is_awaited_does() => TestBroker.Simulate(async broker =>
    {
        List<TestMember> members = await TestMember.FormAsync(broker, 3, member => (member.SessionTimeoutMs, member.RebalanceTimeoutMs) = (3000, 60_000));
        Task<JoinGroupResponse> waiting = members[0].JoinAsync();
        TimeSpan start = broker.Now;
        for (int i = 0; i < 5; i++)
        {
            await broker.WaitAsync(TimeSpan.FromSeconds(2));
            Assert.Equal(ErrorCode.RebalanceInProgress, await members[1].HeartbeatAsync());
            Assert.False(waiting.IsCompleted);
        }

        // The third has been silent, the second falls silent now: the rebalance ends with the last session.
        Assert.Single((await waiting).Members);
        Assert.InRange((broker.Now - start).TotalMilliseconds, 12_500, 13_500);
    });

    [Fact]
    public void A_group_whose_members_are_all_silent_becomes_empty() => TestBroker.Simulate(async broker =>
    {
        List<TestMember> members = await TestMember.FormAsync(broker, 3, member => member.SessionTimeoutMs = 3000);
        await broker.WaitAsync(TimeSpan.FromSeconds(4));
        Assert.Equal("Empty", broker.Model.Groups.Find("g")!.State);
        Assert.Equal(ErrorCode.UnknownMemberId, await members[0].HeartbeatAsync());
        Assert.Equal(ErrorCode.UnknownMemberId, (ErrorCode)(await members[0].JoinAsync()).ErrorCode);
        members[0].Id = "";
        await members[0].JoinAsync();
        Assert.Equal((4, 1), ((await members[0].JoinAsync()).GenerationId, (await members[0].SyncAsync()).ErrorCode + 1));
    });

    [Fact]
    public void Every_version_leaves() => TestBroker.Simulate(async broker =>
    {
        foreach (short version in Requests.Versions(0, 5))
        {
            TestMember member = (await TestMember.FormAsync(broker))[0];
            LeaveGroupRequest request = new() { GroupId = "g" };
            LeaveGroupRequest stranger = new() { GroupId = "g" };
            if (version < 3)
            {
                request.MemberId = member.Id;
                stranger.MemberId = "nobody";
            }
            else
            {
                request.Members = [new LeaveGroupRequest.MemberIdentity { MemberId = member.Id, Reason = "done" }];
                stranger.Members = [new LeaveGroupRequest.MemberIdentity { MemberId = "nobody" }];
            }

            LeaveGroupResponse refused = await member.Client.CallAsync(stranger, version);
            Assert.Equal(version < 3 ? ErrorCode.UnknownMemberId : ErrorCode.None, (ErrorCode)refused.ErrorCode);
            Assert.Equal(version < 3 ? [] : [ErrorCode.UnknownMemberId], refused.Members.Select(one => (ErrorCode)one.ErrorCode));
            Assert.Equal("Stable", broker.Model.Groups.Find("g")!.State);
            LeaveGroupResponse left = await member.Client.CallAsync(request, version);
            Assert.Equal(0, left.ErrorCode);
            Assert.Equal(version < 3 ? [] : [(member.Id, null, (short)0)], left.Members.Select(one => (one.MemberId, one.GroupInstanceId, one.ErrorCode)));
            Assert.Equal("Empty", broker.Model.Groups.Find("g")!.State);
            Assert.Equal(ErrorCode.UnknownMemberId, await member.HeartbeatAsync());
        }
    });

    [Fact]
    public void A_batch_of_leaves_has_an_error_for_each() => TestBroker.Simulate(async broker =>
    {
        List<TestMember> members = await TestMember.FormAsync(broker, 2);
        TestMember resident = await TestMember.ConnectAsync(broker, "i");
        Task<JoinGroupResponse> joining = resident.JoinAsync();
        await broker.WaitAsync(TimeSpan.FromMilliseconds(100));
        await Task.WhenAll(members.Select(member => member.JoinAsync()).Append(joining));
        TestMember pending = await TestMember.ConnectAsync(broker);
        await pending.JoinAsync();
        LeaveGroupRequest request = new()
        {
            GroupId = "g",
            Members =
            [
                Identity("nobody", null), Identity("", null), Identity("", "nobody"), Identity(members[0].Id, "i"), Identity(members[0].Id, "nobody"),
                Identity(pending.Id, null), Identity("", "i"), Identity("", "i"), Identity(members[1].Id, null), Identity(members[1].Id, null),
            ],
        };
        LeaveGroupResponse response = await members[0].Client.CallAsync(request, 5);
        Assert.Equal(
            [
                ErrorCode.UnknownMemberId, ErrorCode.UnknownMemberId, ErrorCode.UnknownMemberId, ErrorCode.FencedInstanceId, ErrorCode.UnknownMemberId,
                ErrorCode.None, ErrorCode.None, ErrorCode.UnknownMemberId, ErrorCode.None, ErrorCode.UnknownMemberId,
            ],
            response.Members.Select(member => (ErrorCode)member.ErrorCode));
        Assert.Equal(
            request.Members.Select(member => (member.MemberId, member.GroupInstanceId)),
            response.Members.Select(member => (member.MemberId, member.GroupInstanceId)));
        Assert.Single((await members[0].JoinAsync()).Members);
    });

    [Fact]
    public void Leaving_without_a_group_and_without_a_group_id() => TestBroker.Simulate(async broker =>
    {
        RawClient client = await broker.ConnectAsync();
        LeaveGroupResponse response = await client.CallAsync(new LeaveGroupRequest { GroupId = "none", Members = [Identity("a", null), Identity("", "b")] }, 5);
        Assert.Equal(ErrorCode.None, (ErrorCode)response.ErrorCode);
        Assert.Equal([("a", null), ("", "b")], response.Members.Select(member => (member.MemberId, member.GroupInstanceId)));
        Assert.All(response.Members, member => Assert.Equal(ErrorCode.UnknownMemberId, (ErrorCode)member.ErrorCode));
        Assert.Equal(ErrorCode.UnknownMemberId, (ErrorCode)(await client.CallAsync(new LeaveGroupRequest { GroupId = "none", MemberId = "a" }, 2)).ErrorCode);
        Assert.Equal(ErrorCode.InvalidGroupId, (ErrorCode)(await client.CallAsync(new LeaveGroupRequest { GroupId = "" }, 5)).ErrorCode);
    });

    [Fact]
    public void Who_is_taken_out_while_it_waits_is_told_so() => TestBroker.Simulate(async broker =>
    {
        List<TestMember> members = await TestMember.FormAsync(broker, 2);
        RawClient other = await broker.ConnectAsync();
        Task<JoinGroupResponse> joining = members[0].JoinAsync();
        await broker.WaitAsync(TimeSpan.FromMilliseconds(100));
        await other.CallAsync(new LeaveGroupRequest { GroupId = "g", Members = [Identity(members[0].Id, null)] }, 5);
        Assert.Equal((ErrorCode.UnknownMemberId, ""), ((ErrorCode)(await joining).ErrorCode, (await joining).MemberId));
        Assert.Equal(members[1].Id, (await members[1].JoinAsync()).Leader);
        Task<SyncGroupResponse> syncing = members[1].SyncAsync();
        await syncing;
        Assert.Equal(ErrorCode.None, await members[1].LeaveAsync());
        Assert.Equal("Empty", broker.Model.Groups.Find("g")!.State);
    });

    [Fact]
    public void The_rebalance_goes_on_when_the_last_who_is_awaited_leaves() => TestBroker.Simulate(async broker =>
    {
        List<TestMember> members = await TestMember.FormAsync(broker, 2);
        Task<JoinGroupResponse> joining = members[0].JoinAsync();
        await broker.WaitAsync(TimeSpan.FromMilliseconds(100));
        Assert.False(joining.IsCompleted);
        Assert.Equal(ErrorCode.None, await members[1].LeaveAsync());
        Assert.Single((await joining).Members);
    });

    private static LeaveGroupRequest.MemberIdentity Identity(string member, string? instance) => new() { MemberId = member, GroupInstanceId = instance };
}
