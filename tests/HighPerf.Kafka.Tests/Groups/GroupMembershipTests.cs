using HighPerf.Kafka.Groups;
using HighPerf.Kafka.Testing;
using HighPerf.Kafka.Tests.Scripting;

namespace HighPerf.Kafka.Tests.Groups;

/// <summary>Members against the embedded cluster, on virtual time.</summary>
public sealed class GroupMembershipTests
{
    public static TheoryData<ulong> Seeds => Simulation.Seeds;

    [Theory]
    [MemberData(nameof(Seeds))]
    public void One_member_gets_everything_and_heartbeats_as_often_as_it_is_told(ulong seed) => GroupWorld.Run(seed, async world =>
    {
        MemberProbe member = world.Add();
        await world.Wait(10);
        Assert.Equal("t-0 t-1 t-2 t-3", member.Owned);
        Assert.Equal(["prepare", "assigned 1: t-0 t-1 t-2 t-3"], member.Events);
        Assert.Equal(2, world.Requests(ApiKey.JoinGroup).Length); // MEMBER_ID_REQUIRED, and with the id
        int before = world.Requests(ApiKey.Heartbeat).Length;
        await world.Wait(60);
        Assert.InRange(world.Requests(ApiKey.Heartbeat).Length - before, 19, 20);
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Members_come_and_go_and_share_what_there_is_eager(ulong seed) => ComeAndGo(seed, static _ => { });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Members_come_and_go_and_share_what_there_is_cooperative(ulong seed) =>
        ComeAndGo(seed, static options => options.PartitionAssignors = [PartitionAssignors.CooperativeSticky]);

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Cooperative_members_keep_what_does_not_move(ulong seed) => GroupWorld.Run(seed, async world =>
    {
        MemberProbe first = world.Add(Cooperative);
        await world.Wait(5);
        world.Add(Cooperative);
        await world.Wait(10);
        Assert.Equal(
            ["prepare", "assigned 1: t-0 t-1 t-2 t-3", "prepare", "assigned 2: t-0 t-1", "prepare", "assigned 3: t-0 t-1"],
            first.Events.Select(e => e.Replace("t-2 t-3", "t-0 t-1").Replace("t-0 t-1 t-0 t-1", "t-0 t-1 t-2 t-3")));
        world.AssertBalanced(4, [.. world.Members]);
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_group_goes_from_eager_to_cooperative_member_by_member(ulong seed) => GroupWorld.Run(seed, async world =>
    {
        for (int i = 0; i < 3; i++)
        {
            world.Add(static options => options.PartitionAssignors = [PartitionAssignors.Range]);
        }

        await world.Wait(20);
        foreach (MemberProbe old in world.Members.ToArray())
        {
            await old.DisposeAsync(isClean: true);
            world.Members.Remove(old);
            world.Add(); // range and cooperative-sticky
            await world.Wait(15);
            world.AssertBalanced(4, [.. world.Members]);
        }

        foreach (MemberProbe old in world.Members.ToArray())
        {
            await old.DisposeAsync(isClean: true);
            world.Members.Remove(old);
            world.Add(Cooperative);
            await world.Wait(15);
            world.AssertBalanced(4, [.. world.Members]);
        }

        Assert.Contains("cooperative-sticky", world.Requests(ApiKey.SyncGroup)[^1].RequestJson);
        Assert.Contains("\"range\"", world.Requests(ApiKey.SyncGroup)[0].RequestJson);
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void G9_heartbeats_go_on_while_the_consumer_prepares_and_applies(ulong seed) => GroupWorld.Run(seed, async world =>
    {
        MemberProbe slow = world.Add(Cooperative);
        await world.Wait(5);
        slow.IsStuck = true;
        MemberProbe other = world.Add(Cooperative);
        int before = world.Requests(ApiKey.Heartbeat, slow).Length;
        await world.Wait(180);
        Assert.InRange(world.Requests(ApiKey.Heartbeat, slow).Length - before, 58, 61);
        Assert.Equal("", other.Owned);
        slow.IsStuck = false;
        slow.On(slow.Membership.PreparedToJoin);
        await world.Wait(10);
        Assert.Empty(slow.LostAt);
        world.AssertBalanced(4, [.. world.Members]);
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void G4_a_join_waits_for_the_consumer_no_longer_than_its_share_of_the_rebalance_timeout(ulong seed) => GroupWorld.Run(seed, async world =>
    {
        MemberProbe stuck = world.Add(static options =>
        {
            Cooperative(options);
            options.RebalanceTimeout = TimeSpan.FromSeconds(60);
        });
        await world.Wait(5);
        stuck.IsStuck = true;
        int before = world.Requests(ApiKey.JoinGroup, stuck).Length;
        world.Add(Cooperative);
        await world.Wait(47);
        Assert.Equal(before, world.Requests(ApiKey.JoinGroup, stuck).Length);
        await world.Wait(5);
        Assert.Equal(before + 1, world.Requests(ApiKey.JoinGroup, stuck).Length);
        Assert.Empty(stuck.LostAt);
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void G9_a_member_that_cannot_reach_its_group_gives_up_before_others_get_its_partitions(ulong seed) => GroupWorld.Run(seed, async world =>
    {
        MemberProbe cut = world.Add(Cooperative);
        MemberProbe other = world.Add(Cooperative);
        await world.Wait(10);
        world.AssertBalanced(4, cut, other);
        TimeSpan before = world.Now;
        await world.Cluster.Faults.PartitionNetworkAsync(cut.Name);
        await world.Wait(60);
        Assert.InRange(Assert.Single(cut.LostAt) - before, TimeSpan.FromSeconds(41), TimeSpan.FromSeconds(46));
        Assert.Equal("t-0 t-1 t-2 t-3", other.Owned);
        await world.Cluster.Faults.HealNetworkAsync(cut.Name);
        await world.Wait(60);
        world.AssertBalanced(4, cut, other);
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void G11_the_coordinator_moves_and_the_group_goes_on(ulong seed) => GroupWorld.Run(
        seed,
        async world =>
        {
            MemberProbe first = world.Add(Cooperative);
            MemberProbe second = world.Add();
            await world.Wait(10);
            for (int broker = 1; broker <= 3; broker++)
            {
                await world.Cluster.MoveGroupCoordinatorAsync("g", broker);
                await world.Wait(10);
            }

            Assert.Empty(first.LostAt);
            Assert.Empty(second.LostAt);
            MemberProbe third = world.Add();
            await world.Wait(15);
            await world.Cluster.MoveGroupCoordinatorAsync("g", 1);
            await third.LeaveAsync();
            await world.Wait(15);
            Assert.Equal(MembershipState.Member, second.Membership.State);
        },
        brokers: 3);

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_static_member_comes_back_to_its_partitions_and_nobody_moves(ulong seed) => GroupWorld.Run(seed, async world =>
    {
        MemberProbe one = world.Add(static options => options.GroupInstanceId = "one");
        MemberProbe two = world.Add(static options => options.GroupInstanceId = "two");
        await world.Wait(15);
        string before = two.Owned;
        int generation = one.Membership.Generation;
        await two.DisposeAsync(isClean: true);
        world.Members.Remove(two);
        Assert.Empty(world.Requests(ApiKey.LeaveGroup));
        await world.Wait(10);
        MemberProbe again = world.Add(static options => options.GroupInstanceId = "two");
        await world.Wait(10);
        Assert.Equal((before, generation), (again.Owned, again.Membership.Generation));
        Assert.Equal(generation, one.Membership.Generation);
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void G3_a_member_with_the_name_of_another_fences_it(ulong seed) => GroupWorld.Run(seed, async world =>
    {
        MemberProbe old = world.Add(static options => options.GroupInstanceId = "one");
        await world.Wait(5);
        MemberProbe other = world.Add(static options => options.GroupInstanceId = "one");
        await world.Wait(10);
        Assert.Equal(4, world.Overlaps.Count); // until its next heartbeat the old one does not know: so it is with two of one name
        world.Overlaps.Clear();
        Assert.Equal("t-0 t-1 t-2 t-3", other.Owned);
        Assert.Equal(ErrorCode.FencedInstanceId, Assert.IsType<KafkaBrokerException>(old.Failure).Code);
        Assert.Contains("another consumer uses the GroupInstanceId \"one\"", old.Failure.Message);
        Assert.Equal(MembershipState.Failed, old.Membership.State);
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void New_partitions_and_topics_make_the_leader_begin_anew(ulong seed) => GroupWorld.Run(seed, async world =>
    {
        MemberProbe first = world.Add(subscribe: false, configureClient: Quick);
        MemberProbe second = world.Add(subscribe: false, configureClient: Quick);
        first.Subscribe("t", "later");
        second.Subscribe("later", "t");
        await world.Wait(10);
        world.AssertBalanced(4, first, second);
        await world.Cluster.CreateTopicAsync("later", 2);
        await world.Wait(40);
        world.AssertBalanced(6, first, second);
        first.Subscribe("later");
        second.Subscribe("later");
        await world.Wait(10);
        Assert.Equal("later-0 later-1", string.Join(' ', new[] { first.Owned, second.Owned }.Order()));
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void G9_an_application_that_takes_too_long_leaves_and_comes_back_when_it_asks_again(ulong seed) => GroupWorld.Run(seed, async world =>
    {
        MemberProbe slow = world.Add(Cooperative);
        MemberProbe other = world.Add(Cooperative);
        await world.Wait(10);
        slow.On(slow.Membership.ProcessingOverdue);
        await world.Wait(5);
        Assert.Single(slow.LostAt);
        Assert.Equal("t-0 t-1 t-2 t-3", other.Owned);
        Assert.Single(world.Requests(ApiKey.LeaveGroup, slow));
        int heartbeats = world.Requests(ApiKey.Heartbeat, slow).Length;
        await world.Wait(60);
        Assert.Equal(heartbeats, world.Requests(ApiKey.Heartbeat, slow).Length);
        slow.On(slow.Membership.Resumed);
        await world.Wait(10);
        world.AssertBalanced(4, slow, other);
    });

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Leaving_while_a_join_is_parked_does_not_wait_behind_it(ulong seed) => GroupWorld.Run(seed, async world =>
    {
        MemberProbe stuck = world.Add(Cooperative);
        await world.Wait(5);
        stuck.IsStuck = true;
        MemberProbe other = world.Add(Cooperative);
        await world.Wait(10);
        Assert.Equal(MembershipState.Joining, other.Membership.State);
        TimeSpan before = world.Now;
        await other.LeaveAsync();
        Assert.True(world.Now - before < TimeSpan.FromSeconds(1));
        Assert.Single(world.Requests(ApiKey.LeaveGroup, other));
        stuck.IsStuck = false;
        stuck.On(stuck.Membership.PreparedToJoin);
        await world.Wait(5);
        Assert.Equal("t-0 t-1 t-2 t-3", stuck.Owned);
    });

    [Fact]
    public void Members_without_a_common_protocol_are_told_what_to_do() => GroupWorld.Run(1, async world =>
    {
        world.Add(static options => options.PartitionAssignors = [PartitionAssignors.Range]);
        await world.Wait(5);
        MemberProbe other = world.Add(static options => options.PartitionAssignors = [PartitionAssignors.RoundRobin]);
        await world.Wait(5);
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, Assert.IsType<KafkaBrokerException>(other.Failure).Code);
        Assert.Contains("the other members have none of roundrobin", other.Failure.Message);
    });

    private static void ComeAndGo(ulong seed, Action<ConsumerOptions> configure) => GroupWorld.Run(
        seed,
        async world =>
        {
            for (int i = 0; i < 4; i++)
            {
                world.Add(configure);
                await world.Wait(i);
            }

            await world.Wait(20);
            world.AssertBalanced(10, [.. world.Members]);
            MemberProbe leaves = world.Members[1];
            await leaves.LeaveAsync();
            world.Members.Remove(leaves);
            await world.Wait(20);
            world.AssertBalanced(10, [.. world.Members]);
            MemberProbe dies = world.Members[0];
            await dies.DisposeAsync(isClean: false);
            world.Members.Remove(dies);
            await world.Wait(70);
            world.AssertBalanced(10, [.. world.Members]);
            Assert.All(world.Members, member => Assert.Empty(member.LostAt));
            await leaves.DisposeAsync(isClean: false);
        },
        partitions: 10);

    private static void Cooperative(ConsumerOptions options) => options.PartitionAssignors = [PartitionAssignors.CooperativeSticky];

    private static void Quick(KafkaClientOptions options) => options.MetadataMaxAge = TimeSpan.FromSeconds(5);
}
