using System.Text.RegularExpressions;
using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Testing.Tests.Groups;

public sealed partial class JoinTests
{
    [Fact]
    public void Every_version_joins_from_4_on_in_two_steps() => TestBroker.Simulate(async broker =>
    {
        RawClient client = await broker.ConnectAsync();
        foreach (short version in Requests.Versions(0, 9))
        {
            JoinGroupRequest request = Join($"g{version}");
            JoinGroupResponse response = await client.CallAsync(request, version);
            Assert.Matches(MemberId(), response.MemberId);
            if (version >= 4)
            {
                Assert.Equal((ErrorCode.MemberIdRequired, -1), ((ErrorCode)response.ErrorCode, response.GenerationId));
                Assert.Equal(version < 7 ? "" : null, response.ProtocolName);
                request.MemberId = response.MemberId;
                response = await client.CallAsync(request, version);
            }

            Assert.Equal(ErrorCode.None, (ErrorCode)response.ErrorCode);
            Assert.Equal((1, "range", response.MemberId), (response.GenerationId, response.ProtocolName, response.Leader));
            Assert.Equal(version < 7 ? null : "consumer", response.ProtocolType);
            Assert.Equal(response.MemberId, Assert.Single(response.Members).MemberId);
            Assert.Equal([1, 2], response.Members[0].Metadata);
            Assert.False(response.SkipAssignment);
        }
    });

    [Theory]
    [InlineData("", 10_000, "", "consumer", "range", ErrorCode.InvalidGroupId)]
    [InlineData("", 1, "", "consumer", "range", ErrorCode.InvalidGroupId)]
    [InlineData("g", 9, "", "consumer", "range", ErrorCode.InvalidSessionTimeout)]
    [InlineData("g", 1_800_001, "", "consumer", "range", ErrorCode.InvalidSessionTimeout)]
    [InlineData("g", 1_800_000, "", "consumer", "range", ErrorCode.MemberIdRequired)]
    [InlineData("g", 10, "", "", "range", ErrorCode.InconsistentGroupProtocol)]
    [InlineData("g", 10, "", "consumer", null, ErrorCode.InconsistentGroupProtocol)]
    [InlineData("g", 10, "nobody", "consumer", "range", ErrorCode.UnknownMemberId)]
    public void A_join_is_refused(string group, int session, string member, string type, string? protocol, ErrorCode expected) => TestBroker.Simulate(
        async broker =>
        {
            RawClient client = await broker.ConnectAsync();
            JoinGroupRequest request = Join(group);
            request.SessionTimeoutMs = session;
            request.MemberId = member;
            request.ProtocolType = type;
            request.Protocols = protocol is null ? [] : request.Protocols;
            Assert.Equal(expected, (ErrorCode)(await client.CallAsync(request, 9)).ErrorCode);
        });

    [Fact]
    public void The_bounds_of_the_session_timeout_are_the_brokers()
    {
        KafkaTestClusterOptions options = new() { BrokerSettings = { ["group.min.session.timeout.ms"] = "6000", ["group.max.session.timeout.ms"] = "7000" } };
        TestBroker.Simulate(
            async broker =>
            {
                RawClient client = await broker.ConnectAsync();
                foreach ((int session, ErrorCode expected) in new[]
                    {
                        (5999, ErrorCode.InvalidSessionTimeout), (6000, ErrorCode.MemberIdRequired), (7001, ErrorCode.InvalidSessionTimeout),
                    })
                {
                    JoinGroupRequest request = Join("g");
                    request.SessionTimeoutMs = session;
                    Assert.Equal(expected, (ErrorCode)(await client.CallAsync(request, 9)).ErrorCode);
                }
            },
            options);
    }

    [Fact]
    public void An_id_that_does_not_come_back_within_the_session_is_forgotten() => TestBroker.Simulate(async broker =>
    {
        TestMember member = await TestMember.ConnectAsync(broker);
        await member.JoinAsync();
        await broker.WaitAsync(TimeSpan.FromSeconds(11));
        Assert.Equal(ErrorCode.UnknownMemberId, (ErrorCode)(await member.JoinAsync()).ErrorCode);
    });

    [Fact]
    public void A_new_member_makes_the_others_join_again_and_the_leader_stays() => TestBroker.Simulate(async broker =>
    {
        TestMember first = (await TestMember.FormAsync(broker))[0];
        (TestMember second, Task<JoinGroupResponse> joining) = await TestMember.EnterAsync(broker);
        await broker.WaitAsync(TimeSpan.FromSeconds(1));
        Assert.False(joining.IsCompleted);
        Assert.Equal(ErrorCode.RebalanceInProgress, await first.HeartbeatAsync());
        Assert.False(joining.IsCompleted);
        JoinGroupResponse leader = await first.JoinAsync();
        JoinGroupResponse follower = await joining;
        Assert.Equal((2, 2), (leader.GenerationId, follower.GenerationId));
        Assert.Equal((first.Id, first.Id), (leader.Leader, follower.Leader));
        Assert.Equal([first.Id, second.Id], leader.Members.Select(member => member.MemberId));
        Assert.Empty(follower.Members);
    });

    [Fact]
    public void Who_does_not_join_again_within_the_longest_rebalance_timeout_is_out_and_the_lead_goes_on() => TestBroker.Simulate(async broker =>
    {
        int next = 0;
        int[] timeouts = [3000, 7000, 5000];
        List<TestMember> members = await TestMember.FormAsync(broker, 3, member => member.RebalanceTimeoutMs = timeouts[next++]);
        TimeSpan start = broker.Now;
        Task<JoinGroupResponse>[] joining = [members[2].RejoinAsync("other"), members[1].JoinAsync()];
        await Task.WhenAll(joining);
        Assert.InRange((broker.Now - start).TotalMilliseconds, 7000, 7500);
        Assert.Equal(members[1].Leader, members[2].Leader);
        Assert.Equal(new[] { members[1].Id, members[2].Id }.Order(), joining.SelectMany(join => join.Result.Members).Select(member => member.MemberId).Order());
        Assert.Equal(members[1].Leader, joining.Single(join => join.Result.Members.Count > 0).Result.MemberId);
        Assert.Equal(ErrorCode.UnknownMemberId, await members[0].HeartbeatAsync());
        Assert.Equal(ErrorCode.UnknownMemberId, (ErrorCode)(await members[0].JoinAsync()).ErrorCode);
    });

    [Fact]
    public void An_id_that_is_awaited_holds_up_the_rebalance() => TestBroker.Simulate(async broker =>
    {
        TestMember first = (await TestMember.FormAsync(broker))[0];
        TestMember second = await TestMember.ConnectAsync(broker);
        second.SessionTimeoutMs = 4000;
        await second.JoinAsync();
        Assert.Equal(ErrorCode.None, await first.HeartbeatAsync());
        TimeSpan start = broker.Now;
        Task<JoinGroupResponse> joining = first.JoinAsync();
        await broker.WaitAsync(TimeSpan.FromSeconds(3));
        Assert.False(joining.IsCompleted);
        await joining;
        Assert.InRange((broker.Now - start).TotalMilliseconds, 3500, 4500);
    });

    [Theory]
    [InlineData("a,b", "a,b", "b,a", "a")]
    [InlineData("b,a", "a,b", "b,a", "b")]
    [InlineData("a,b", "b", "a,b,c", "b")]
    [InlineData("a,b", "b,a", "c,b,a", "b")]
    public void Members_vote_among_what_all_speak(string one, string two, string three, string expected) => TestBroker.Simulate(async broker =>
    {
        string[] spoken = [one, two, three];
        int next = 0;
        List<TestMember> members = await TestMember.FormAsync(broker, 3, member => member.Protocols = spoken[next++].Split(','));
        JoinGroupResponse[] joined = await Task.WhenAll(members.Select((member, i) => i == 0 ? member.JoinAsync() : member.RejoinAsync("other")));
        Assert.All(joined, response => Assert.Equal((expected, "consumer"), (response.ProtocolName, response.ProtocolType)));
    });

    [Theory]
    [InlineData("connect", "range")]
    [InlineData("consumer", "roundrobin")]
    [InlineData("consumer", null)]
    public void Who_does_not_speak_with_the_members_is_refused(string type, string? protocol) => TestBroker.Simulate(async broker =>
    {
        TestMember member = (await TestMember.FormAsync(broker))[0];
        TestMember stranger = await TestMember.ConnectAsync(broker);
        stranger.ProtocolType = type;
        stranger.Protocols = protocol is null ? [] : [protocol];
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, (ErrorCode)(await stranger.JoinAsync()).ErrorCode);

        // A member itself may change to what it alone speaks only within what all speak, itself included.
        member.Protocols = ["roundrobin"];
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, (ErrorCode)(await member.JoinAsync()).ErrorCode);
    });

    [Fact]
    public void A_follower_that_joins_a_stable_group_again_is_told_its_generation_and_the_leader_begins_the_next() => TestBroker.Simulate(async broker =>
    {
        List<TestMember> members = await TestMember.FormAsync(broker, 2);
        JoinGroupResponse again = await members[1].JoinAsync();
        Assert.Equal((ErrorCode.None, 2, members[0].Id), ((ErrorCode)again.ErrorCode, again.GenerationId, again.Leader));
        Assert.Empty(again.Members);
        Assert.Equal(1, Assert.Single((await members[1].SyncAsync()).Assignment));
        Task<JoinGroupResponse> leads = members[0].JoinAsync();
        await broker.WaitAsync(TimeSpan.FromSeconds(1));
        Assert.False(leads.IsCompleted);
        Assert.Equal(ErrorCode.RebalanceInProgress, await members[1].HeartbeatAsync());
        await members[1].JoinAsync();
        Assert.Equal((3, 3), ((await leads).GenerationId, members[1].Generation));
    });

    [Fact]
    public void While_the_leader_assigns_who_asks_again_is_told_again_unless_it_has_changed() => TestBroker.Simulate(async broker =>
    {
        List<TestMember> members = await TestMember.FormAsync(broker, 2);
        Task<JoinGroupResponse> leads = members[0].JoinAsync();
        await broker.WaitAsync(TimeSpan.FromMilliseconds(100));
        await members[1].JoinAsync();
        await leads;
        Assert.Equal((3, 2), (members[0].Generation, (await members[0].JoinAsync()).Members.Count));
        JoinGroupResponse follower = await members[1].JoinAsync();
        Assert.Equal((3, 0), (follower.GenerationId, follower.Members.Count));
        Task<JoinGroupResponse> changed = members[1].RejoinAsync("other");
        await broker.WaitAsync(TimeSpan.FromMilliseconds(100));
        Assert.Equal(ErrorCode.RebalanceInProgress, await members[0].HeartbeatAsync());
        await members[0].JoinAsync();
        Assert.Equal(4, (await changed).GenerationId);
    });

    [Fact]
    public void The_first_rebalance_waits_for_members_as_long_as_they_come() => TestBroker.Simulate(
        async broker =>
        {
            TimeSpan start = broker.Now;
            List<TestMember> members = [];
            List<Task<JoinGroupResponse>> joining = [];
            for (int i = 0; i < 3; i++)
            {
                TestMember member = await TestMember.ConnectAsync(broker);
                member.JoinVersion = 3;
                members.Add(member);
                joining.Add(member.JoinAsync());
                await broker.WaitAsync(TimeSpan.FromMilliseconds(2000));
            }

            // One came in the first three seconds after the first, one in the next three, none after that.
            Assert.All(await Task.WhenAll(joining), response => Assert.Equal(1, response.GenerationId));
            Assert.InRange((broker.Now - start).TotalMilliseconds, 9000, 9500);
        },
        new KafkaTestClusterOptions { GroupInitialRebalanceDelay = TimeSpan.FromSeconds(3) });

    [Fact]
    public void The_first_rebalance_waits_no_longer_than_the_rebalance_timeout() => TestBroker.Simulate(
        async broker =>
        {
            TimeSpan start = broker.Now;
            List<Task<JoinGroupResponse>> joining = [];
            for (int i = 0; i < 10; i++)
            {
                TestMember member = await TestMember.ConnectAsync(broker);
                member.JoinVersion = 3;
                member.RebalanceTimeoutMs = 8000;
                joining.Add(member.JoinAsync());
                await broker.WaitAsync(TimeSpan.FromMilliseconds(700));
            }

            Assert.All(await Task.WhenAll(joining), response => Assert.Equal(1, response.GenerationId));
            Assert.InRange((broker.Now - start).TotalMilliseconds, 8000, 8500);
        },
        new KafkaTestClusterOptions { GroupInitialRebalanceDelay = TimeSpan.FromSeconds(3) });

    [Fact]
    public void A_full_group_takes_nobody_but_its_members() => TestBroker.Simulate(
        async broker =>
        {
            List<TestMember> members = await TestMember.FormAsync(broker, 2);
            TestMember third = await TestMember.ConnectAsync(broker);
            JoinGroupResponse refused = await third.JoinAsync();
            Assert.Equal((ErrorCode.GroupMaxSizeReached, ""), ((ErrorCode)refused.ErrorCode, refused.MemberId));

            // In a rebalance those who are there count.
            Task<JoinGroupResponse> leads = members[0].JoinAsync();
            await third.JoinAsync();
            Task<JoinGroupResponse> joined = third.JoinAsync();
            await broker.WaitAsync(TimeSpan.FromMilliseconds(100));
            Assert.Equal(ErrorCode.GroupMaxSizeReached, (ErrorCode)(await members[1].JoinAsync()).ErrorCode);
            await broker.WaitAsync(TimeSpan.FromSeconds(21));
            Assert.Equal((3, 2), ((await leads).GenerationId, (await leads).Members.Count));
            Assert.Equal(3, (await joined).GenerationId);
            Assert.Equal(ErrorCode.UnknownMemberId, await members[1].HeartbeatAsync());
        },
        new KafkaTestClusterOptions { BrokerSettings = { ["group.max.size"] = "2" } });

    [Fact]
    public void A_new_member_that_waits_five_minutes_is_out() => TestBroker.Simulate(async broker =>
    {
        TestMember first = (await TestMember.FormAsync(broker, 1, member => (member.RebalanceTimeoutMs, member.SessionTimeoutMs) = (400_000, 400_000)))[0];
        (_, Task<JoinGroupResponse> joining) = await TestMember.EnterAsync(broker);
        TimeSpan start = broker.Now;
        JoinGroupResponse response = await joining;
        Assert.Equal((ErrorCode.UnknownMemberId, ""), ((ErrorCode)response.ErrorCode, response.MemberId));
        Assert.InRange((broker.Now - start).TotalSeconds, 299, 301);
        Assert.Equal(1, (await first.JoinAsync()).GenerationId - 1);
    });

    [Fact]
    public void A_member_whose_connection_dies_while_it_waits_stays_a_member() => TestBroker.Simulate(async broker =>
    {
        TestMember first = (await TestMember.FormAsync(broker))[0];
        (TestMember second, Task<JoinGroupResponse> joining) = await TestMember.EnterAsync(broker);
        await broker.WaitAsync(TimeSpan.FromMilliseconds(100));
        await second.Client.CloseAsync();
        await Assert.ThrowsAsync<EndOfStreamException>(() => joining);
        JoinGroupResponse response = await first.JoinAsync();
        Assert.Equal([first.Id, second.Id], response.Members.Select(member => member.MemberId));

        // Told that it is a member, it owes heartbeats like any other.
        await first.SyncAsync();
        Assert.Equal(ErrorCode.None, await first.HeartbeatAsync());
        await broker.WaitAsync(TimeSpan.FromSeconds(9));
        Assert.Equal(ErrorCode.None, await first.HeartbeatAsync());
        await broker.WaitAsync(TimeSpan.FromSeconds(2));
        Assert.Equal(ErrorCode.RebalanceInProgress, await first.HeartbeatAsync());
    });

    [GeneratedRegex("^raw-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")]
    private static partial Regex MemberId();

    private static JoinGroupRequest Join(string group) => new()
    {
        GroupId = group,
        SessionTimeoutMs = 10_000,
        RebalanceTimeoutMs = 10_000,
        ProtocolType = "consumer",
        Protocols = [new JoinGroupRequest.JoinGroupRequestProtocol { Name = "range", Metadata = [1, 2] }],
    };
}
