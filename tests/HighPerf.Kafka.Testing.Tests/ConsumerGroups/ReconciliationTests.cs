using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Testing.Tests.ConsumerGroups;

/// <summary>How members come to their targets, step by step.</summary>
public sealed class ReconciliationTests
{
    [Fact]
    public void The_first_member_gets_everything_at_once() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t", partitions: 3);
        GroupClient client = await GroupClient.ConnectAsync(broker);
        ConsumerGroupHeartbeatResponse joined = await client.JoinAsync("a", "t");
        Assert.Equal(("a", 1, 5000, "0,1,2"), (joined.MemberId, joined.MemberEpoch, joined.HeartbeatIntervalMs, joined.Parts()));
        Assert.Equal("Stable", await client.StateAsync());
    });

    [Fact]
    public void The_assignment_is_told_when_it_changed_or_all_was_said() => TestBroker.Simulate(async broker =>
    {
        Guid id = await broker.CreateTopicAsync("t", partitions: 2);
        GroupClient client = await GroupClient.ConnectAsync(broker);
        await client.JoinAsync("a", "t");
        Assert.Equal((1, null), (await client.BeatAsync("a", 1)).Step());
        Assert.Equal((1, null), (await client.BeatAsync("a", 1, id.Of(0, 1))).Step());
        ConsumerGroupHeartbeatRequest full = GroupClient.Beating("a", 1, id.Of(0));
        full.RebalanceTimeoutMs = 60_000;
        full.SubscribedTopicNames = ["t"];
        Assert.Equal((1, "0,1"), (await client.SendAsync(full)).Step());
    });

    [Fact]
    public void A_partition_is_given_to_the_next_only_when_the_last_has_given_it_up() => TestBroker.Simulate(async broker =>
    {
        Guid id = await broker.CreateTopicAsync("t", partitions: 4);
        GroupClient client = await GroupClient.ConnectAsync(broker);
        await client.JoinAsync("a", "t");
        Assert.Equal((2, ""), (await client.JoinAsync("b", "t")).Step());
        Assert.Equal("Reconciling", await client.StateAsync());

        // The first member stays in its epoch until it says that it owns no more than it is told.
        Assert.Equal((1, "0,1"), (await client.BeatAsync("a", 1)).Step());
        Assert.Equal((1, null), (await client.BeatAsync("a", 1)).Step());
        Assert.Equal((1, null), (await client.BeatAsync("a", 1, id.Of(0, 1, 2))).Step());
        Assert.Equal((2, null), (await client.BeatAsync("b", 2)).Step());
        Assert.Equal((2, null), (await client.BeatAsync("a", 1, id.Of(0, 1))).Step());
        Assert.Equal("Reconciling", await client.StateAsync());
        Assert.Equal((2, "2,3"), (await client.BeatAsync("b", 2)).Step());
        Assert.Equal("Stable", await client.StateAsync());
    });

    [Fact]
    public void Who_revokes_before_being_told_is_in_the_new_epoch_at_once() => TestBroker.Simulate(async broker =>
    {
        Guid id = await broker.CreateTopicAsync("t", partitions: 4);
        GroupClient client = await GroupClient.ConnectAsync(broker);
        await client.JoinAsync("a", "t");
        await client.JoinAsync("b", "t");
        Assert.Equal((2, "0,1"), (await client.BeatAsync("a", 1, id.Of(0))).Step());
    });

    [Fact]
    public void Partitions_come_as_they_are_released() => TestBroker.Simulate(async broker =>
    {
        Guid id = await broker.CreateTopicAsync("t", partitions: 6);
        GroupClient client = await GroupClient.ConnectAsync(broker);
        await client.JoinAsync("a", "t");
        await client.JoinAsync("b", "t");
        await client.BeatAsync("a", 1, id.Of(0, 1, 2));
        Assert.Equal((2, "3,4,5"), (await client.BeatAsync("b", 2)).Step());
        Assert.Equal((3, ""), (await client.JoinAsync("c", "t")).Step());
        Assert.Equal((2, "0,1"), (await client.BeatAsync("a", 2)).Step());
        Assert.Equal((2, "3,4"), (await client.BeatAsync("b", 2)).Step());
        Assert.Equal((3, null), (await client.BeatAsync("b", 2, id.Of(3, 4))).Step());
        Assert.Equal((3, "5"), (await client.BeatAsync("c", 3)).Step());
        Assert.Equal((3, null), (await client.BeatAsync("a", 2, id.Of(0, 1))).Step());
        Assert.Equal("Reconciling", await client.StateAsync());
        Assert.Equal((3, "2,5"), (await client.BeatAsync("c", 3, id.Of(5))).Step());
        Assert.Equal("Stable", await client.StateAsync());
    });

    [Fact]
    public void A_member_that_leaves_releases_at_once() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t", partitions: 4);
        GroupClient client = await GroupClient.ConnectAsync(broker);
        await client.JoinAsync("a", "t");
        await client.JoinAsync("b", "t");
        ConsumerGroupHeartbeatResponse left = await client.BeatAsync("a", -1);
        Assert.Equal((ErrorCode.None, "a", -1, 0), (left.Error(), left.MemberId, left.MemberEpoch, left.HeartbeatIntervalMs));
        Assert.Equal("Assigning", await client.StateAsync());
        Assert.Equal((3, "0,1,2,3"), (await client.BeatAsync("b", 2)).Step());
        Assert.Equal(ErrorCode.UnknownMemberId, (await client.BeatAsync("a", 1)).Error());
        await client.BeatAsync("b", -1);
        Assert.Equal("Empty", await client.StateAsync());
        Assert.Equal((5, "0,1,2,3"), (await client.JoinAsync("c", "t")).Step());
    });

    [Fact]
    public void A_silent_member_is_out_after_the_session_timeout() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t", partitions: 2);
        GroupClient client = await GroupClient.ConnectAsync(broker);
        await client.JoinAsync("a", "t");
        await client.JoinAsync("b", "t");
        await broker.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal((2, null), (await client.BeatAsync("b", 2)).Step());
        await broker.WaitAsync(TimeSpan.FromSeconds(14.9));
        Assert.Equal((2, null), (await client.BeatAsync("b", 2)).Step());
        await broker.WaitAsync(TimeSpan.FromSeconds(0.2));
        Assert.Equal((3, "0,1"), (await client.BeatAsync("b", 2)).Step());
        Assert.Equal(ErrorCode.UnknownMemberId, (await client.BeatAsync("a", 1)).Error());
    });

    [Fact]
    public void A_refused_heartbeat_does_not_keep_the_session() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t", partitions: 2);
        GroupClient client = await GroupClient.ConnectAsync(broker);
        await client.JoinAsync("a", "t");
        await broker.WaitAsync(TimeSpan.FromSeconds(44));
        Assert.Equal(ErrorCode.FencedMemberEpoch, (await client.BeatAsync("a", 7)).Error());
        await broker.WaitAsync(TimeSpan.FromSeconds(2));
        Assert.Equal(ErrorCode.UnknownMemberId, (await client.BeatAsync("a", 1)).Error());
    });

    [Fact]
    public void A_member_that_does_not_revoke_is_out_after_its_rebalance_timeout() => TestBroker.Simulate(async broker =>
    {
        Guid id = await broker.CreateTopicAsync("t", partitions: 2);
        GroupClient client = await GroupClient.ConnectAsync(broker);
        ConsumerGroupHeartbeatRequest request = GroupClient.Joining("a", "t");
        request.RebalanceTimeoutMs = 20_000;
        await client.SendAsync(request);
        await client.JoinAsync("b", "t");
        await broker.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal((1, "0"), (await client.BeatAsync("a", 1, id.Of(0, 1))).Step());
        await broker.WaitAsync(TimeSpan.FromSeconds(19));
        Assert.Equal((1, null), (await client.BeatAsync("a", 1, id.Of(0, 1))).Step());
        await broker.WaitAsync(TimeSpan.FromSeconds(2));
        Assert.Equal(ErrorCode.UnknownMemberId, (await client.BeatAsync("a", 1, id.Of(0, 1))).Error());
        Assert.Equal((3, "0,1"), (await client.BeatAsync("b", 2)).Step());
    });

    [Fact]
    public void A_member_that_revokes_in_time_stays() => TestBroker.Simulate(async broker =>
    {
        Guid id = await broker.CreateTopicAsync("t", partitions: 2);
        GroupClient client = await GroupClient.ConnectAsync(broker);
        ConsumerGroupHeartbeatRequest request = GroupClient.Joining("a", "t");
        request.RebalanceTimeoutMs = 20_000;
        await client.SendAsync(request);
        await client.JoinAsync("b", "t");
        Assert.Equal((1, "0"), (await client.BeatAsync("a", 1)).Step());
        await broker.WaitAsync(TimeSpan.FromSeconds(19));
        Assert.Equal((2, null), (await client.BeatAsync("a", 1, id.Of(0))).Step());
        await broker.WaitAsync(TimeSpan.FromSeconds(2));
        Assert.Equal((2, null), (await client.BeatAsync("a", 2)).Step());
    });

    [Fact]
    public void A_changed_subscription_is_a_new_epoch_of_the_group() => TestBroker.Simulate(async broker =>
    {
        Guid t = await broker.CreateTopicAsync("t", partitions: 2);
        Guid u = await broker.CreateTopicAsync("u", partitions: 1);
        GroupClient client = await GroupClient.ConnectAsync(broker);
        await client.JoinAsync("a", "t");
        ConsumerGroupHeartbeatRequest request = GroupClient.Beating("a", 1);
        request.SubscribedTopicNames = ["u", "t"];
        Assert.Equal(t.Of(0, 1).Concat(u.Of(0)).Order(), (await client.SendAsync(request)).Told());
        request = GroupClient.Beating("a", 2, t.Of(0, 1).Concat(u.Of(0)));
        request.SubscribedTopicNames = ["t", "u"];
        Assert.Equal((2, null), (await client.SendAsync(request)).Step());
        request.SubscribedTopicNames = ["u"];
        Assert.Equal((2, "0"), (await client.SendAsync(request)).Step());
        Assert.Equal((3, null), (await client.BeatAsync("a", 2, u.Of(0))).Step());
    });

    [Fact]
    public void Topics_that_come_grow_and_go_are_noticed() => TestBroker.Simulate(async broker =>
    {
        GroupClient client = await GroupClient.ConnectAsync(broker);
        Assert.Equal((1, ""), (await client.JoinAsync("a", "t")).Step());
        await broker.CreateTopicAsync("other");
        Assert.Equal((1, null), (await client.BeatAsync("a", 1)).Step());
        Guid id = await broker.CreateTopicAsync("t", partitions: 2);
        Assert.Equal((2, "0,1"), (await client.BeatAsync("a", 1)).Step());
        RawClient admin = await broker.ConnectAsync();
        await admin.CallAsync(new DeleteTopicsRequest { TopicNames = ["t"] }, 5);
        Guid again = await broker.CreateTopicAsync("t", partitions: 1);
        Assert.Equal((2, ""), (await client.BeatAsync("a", 2, id.Of(0, 1))).Step());
        ConsumerGroupHeartbeatResponse response = await client.BeatAsync("a", 2, []);
        Assert.Equal(3, response.MemberEpoch);
        Assert.Equal(again.Of(0), response.Told());
    });
}
