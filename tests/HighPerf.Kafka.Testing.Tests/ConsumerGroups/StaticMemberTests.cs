using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Testing.Tests.ConsumerGroups;

/// <summary>Members with an instance id.</summary>
public sealed class StaticMemberTests
{
    [Fact]
    public void A_static_member_comes_back_to_what_it_had() => TestBroker.Simulate(async broker =>
    {
        Guid id = await broker.CreateTopicAsync("t", partitions: 4);
        GroupClient client = await GroupClient.ConnectAsync(broker);
        await client.JoinStaticAsync("a", "ia", "t");
        await client.JoinStaticAsync("b", "ib", "t");
        await client.BeatStaticAsync("a", "ia", 1, id.Of(0, 1));
        Assert.Equal((2, "2,3"), (await client.BeatStaticAsync("b", "ib", 2)).Step());

        ConsumerGroupHeartbeatResponse left = await client.BeatStaticAsync("b", "ib", -2);
        Assert.Equal((ErrorCode.None, "b", -2), (left.Error(), left.MemberId, left.MemberEpoch));
        Assert.Equal((2, null), (await client.BeatStaticAsync("a", "ia", 2)).Step());
        Assert.Equal((2, "2,3"), (await client.JoinStaticAsync("b2", "ib", "t")).Step());
        Assert.Equal("Stable", await client.StateAsync());
        Assert.Equal(["a", "b2"], (await client.DescribeAsync()).Members.Select(member => member.MemberId).Order());
        Assert.Equal(2, (await client.DescribeAsync()).GroupEpoch);
    });

    [Fact]
    public void An_instance_id_is_released_by_leaving_only() => TestBroker.Simulate(async broker =>
    {
        GroupClient client = await GroupClient.ConnectAsync(broker);
        await client.JoinStaticAsync("a", "i", "t");
        Assert.Equal(ErrorCode.UnreleasedInstanceId, (await client.JoinStaticAsync("b", "i", "t")).Error());
        Assert.Equal(ErrorCode.UnreleasedInstanceId, (await client.JoinStaticAsync("a", "i", "t")).Error());
        Assert.Equal((1, null), (await client.BeatStaticAsync("a", "i", 1)).Step());
        await broker.WaitAsync(TimeSpan.FromSeconds(46));
        Assert.Equal((3, ""), (await client.JoinStaticAsync("b", "i", "t")).Step());
    });

    [Fact]
    public void The_member_before_is_fenced_by_its_successor() => TestBroker.Simulate(async broker =>
    {
        GroupClient client = await GroupClient.ConnectAsync(broker);
        await client.JoinStaticAsync("a", "i", "t");
        await client.BeatStaticAsync("a", "i", -2);
        Assert.Equal((1, ""), (await client.JoinStaticAsync("b", "i", "t")).Step());
        Assert.Equal(ErrorCode.FencedInstanceId, (await client.BeatStaticAsync("a", "i", 1)).Error());
        Assert.Equal(ErrorCode.FencedInstanceId, (await client.BeatStaticAsync("a", "i", -1)).Error());
        Assert.Equal(ErrorCode.FencedInstanceId, (await client.BeatStaticAsync("a", "i", -2)).Error());
        Assert.Equal((1, null), (await client.BeatStaticAsync("b", "i", 1)).Step());
    });

    [Fact]
    public void A_member_that_left_for_now_must_join_to_come_back() => TestBroker.Simulate(async broker =>
    {
        GroupClient client = await GroupClient.ConnectAsync(broker);
        await client.JoinStaticAsync("a", "i", "t");
        await client.BeatStaticAsync("a", "i", -2);
        Assert.Equal(ErrorCode.FencedMemberEpoch, (await client.BeatStaticAsync("a", "i", 1, [])).Error());
        Assert.Equal((1, ""), (await client.JoinStaticAsync("a", "i", "t")).Step());
    });

    [Fact]
    public void Nobody_gets_the_partitions_of_a_member_that_left_for_now_before_its_session_ends() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t", partitions: 2);
        GroupClient client = await GroupClient.ConnectAsync(broker);
        await client.JoinStaticAsync("a", "i", "t");
        await broker.WaitAsync(TimeSpan.FromSeconds(10));
        await client.BeatStaticAsync("a", "i", -2);
        Assert.Equal((2, ""), (await client.JoinAsync("b", "t")).Step());
        Assert.Equal((2, null), (await client.BeatAsync("b", 2)).Step());

        // The session goes on from the last heartbeat; leaving is none.
        await broker.WaitAsync(TimeSpan.FromSeconds(34));
        Assert.Equal((2, null), (await client.BeatAsync("b", 2)).Step());
        await broker.WaitAsync(TimeSpan.FromSeconds(2));
        Assert.Equal((3, "0,1"), (await client.BeatAsync("b", 2)).Step());
    });

    [Fact]
    public void A_successor_revokes_what_is_no_more_its_own() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t", partitions: 2);
        GroupClient client = await GroupClient.ConnectAsync(broker);
        await client.JoinStaticAsync("a", "i", "t");
        await client.BeatStaticAsync("a", "i", -2);
        Assert.Equal((2, ""), (await client.JoinAsync("b", "t")).Step());

        // It owns nothing when it joins, so that there is nothing to wait for.
        Assert.Equal((2, "0"), (await client.JoinStaticAsync("a2", "i", "t")).Step());
        Assert.Equal((2, "1"), (await client.BeatAsync("b", 2)).Step());
    });

    [Fact]
    public void A_static_member_can_leave_for_good() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t", partitions: 2);
        GroupClient client = await GroupClient.ConnectAsync(broker);
        await client.JoinStaticAsync("a", "i", "t");
        await client.JoinAsync("b", "t");
        Assert.Equal(-1, (await client.BeatStaticAsync("a", "i", -1)).MemberEpoch);
        Assert.Equal((3, "0,1"), (await client.BeatAsync("b", 2)).Step());
        Assert.Equal(ErrorCode.UnknownMemberId, (await client.BeatStaticAsync("a", "i", 1)).Error());
    });

    [Fact]
    public void The_end_of_a_members_rebalance_does_not_touch_its_successor() => TestBroker.Simulate(async broker =>
    {
        Guid id = await broker.CreateTopicAsync("t", partitions: 2);
        GroupClient client = await GroupClient.ConnectAsync(broker);
        ConsumerGroupHeartbeatRequest request = GroupClient.Joining("a", "t");
        request.InstanceId = "i";
        request.RebalanceTimeoutMs = 10_000;
        await client.SendAsync(request);
        await client.JoinAsync("b", "t");
        Assert.Equal((1, "0"), (await client.BeatStaticAsync("a", "i", 1, id.Of(0, 1))).Step());
        await client.BeatStaticAsync("a", "i", -2);
        Assert.Equal((2, "1"), (await client.BeatAsync("b", 2)).Step());
        Assert.Equal((2, "0"), (await client.JoinStaticAsync("a2", "i", "t")).Step());
        await broker.WaitAsync(TimeSpan.FromSeconds(11));
        Assert.Equal((2, null), (await client.BeatStaticAsync("a2", "i", 2)).Step());
    });
}
