namespace HighPerf.Kafka.Interop.Tests.ConfluentClient;

using Confluent.Kafka;
using Confluent.Kafka.Admin;

/// <summary>Groups whose members share the partitions out among themselves, played by Confluent.Kafka.</summary>
public sealed class ClassicGroupTests
{
    [SkippableTheory]
    [InlineData(PartitionAssignmentStrategy.Range, "range", "a0 a1 b0 b1", "a2 b2")]
    [InlineData(PartitionAssignmentStrategy.RoundRobin, "roundrobin", "a0 a2 b1", "a1 b0 b2")]
    [InlineData(PartitionAssignmentStrategy.CooperativeSticky, "cooperative-sticky", null, null)]
    public Task Members_join_and_leave_and_every_record_is_read_once(PartitionAssignmentStrategy strategy, string name, string? first, string? second) =>
        GroupStory.RunAsync(config => Hurry(config, strategy), async group =>
        {
            int share = strategy == PartitionAssignmentStrategy.Range ? 4 : 3;
            GroupMember one = group.Join("A");
            await group.SettleAsync("A");

            GroupMember two = group.Join("B");
            await group.SharedAsync(("A", share), ("B", 6 - share));
            await group.ProduceAndReadAsync();
            if (first is not null)
            {
                Assert.Equal((first, second), (group.Ledger.Owned("A"), group.Ledger.Owned("B")));
            }

            await group.AssertDescribedAsync(name, "A", "B");
            GroupMember three = group.Join("C");
            await group.SharedAsync(("A", 2), ("B", 2), ("C", 2));
            await group.ProduceAndReadAsync();
            if (strategy == PartitionAssignmentStrategy.CooperativeSticky)
            {
                // Nobody gives up more than it has to.
                Assert.Equal((4, 1), (group.Ledger.RevokedFrom("A"), group.Ledger.RevokedFrom("B")));
            }

            await two.LeaveAsync();
            await group.SharedAsync(("A", share), ("C", 6 - share));
            await group.ProduceAndReadAsync();
            await group.AssertDescribedAsync(name, "A", "C");
            await one.LeaveAsync();
            await group.SharedAsync(("C", 6));
            await group.ProduceAndReadAsync();
            await three.LeaveAsync();
            await group.AssertFinishedAsync();
        });

    [SkippableFact]
    public Task A_member_that_vanishes_is_replaced_when_its_session_ends() =>
        GroupStory.RunAsync(config => Hurry(config, PartitionAssignmentStrategy.RoundRobin), async group =>
        {
            GroupMember stays = group.Join("A");
            await group.SettleAsync("A");
            GroupMember vanishes = group.Join("B");
            await group.SharedAsync(("A", 3), ("B", 3));
            await group.ProduceAndReadAsync();

            // What is read is committed before it goes: a member that leaves without a word has nothing more to say.
            await group.CommittedAsync();
            await vanishes.VanishAsync();

            await group.SettleAsync("A");
            await stays.LeaveAsync();
            await group.AssertFinishedAsync();
        });

    [SkippableFact]
    public Task A_static_member_comes_back_to_its_partitions_and_nobody_rebalances() =>
        GroupStory.RunAsync(config => Hurry(config, PartitionAssignmentStrategy.Range), async group =>
        {
            GroupMember one = group.Join("A", static config => config.GroupInstanceId = "first");
            await group.SettleAsync("A");
            GroupMember two = group.Join("B", static config => config.GroupInstanceId = "second");
            await group.SharedAsync(("A", 4), ("B", 2));
            await group.ProduceAndReadAsync();
            string owned = group.Ledger.Owned("B");
            int assignments = group.Ledger.AssignmentsOf("A");

            await two.LeaveAsync();
            GroupMember again = group.Join("B", static config => config.GroupInstanceId = "second");
            await group.SharedAsync(("A", 4), ("B", 2));
            await group.ProduceAndReadAsync();

            Assert.Equal(owned, group.Ledger.Owned("B"));
            Assert.Equal(assignments, group.Ledger.AssignmentsOf("A"));
            ConsumerGroupDescription described = await group.DescribeAsync();
            Assert.Equal(["first", "second"], described.Members.Select(static member => member.GroupInstanceId).Order());
            await one.LeaveAsync();
            await again.LeaveAsync();

            // Static members do not leave when they close: a process that comes back finds its place.
            Assert.Equal(2, (await group.DescribeAsync()).Members.Count);
        });

    [SkippableFact]
    public Task A_static_member_whose_place_is_taken_ends_with_a_fatal_error() =>
        GroupStory.RunAsync(config => Hurry(config, PartitionAssignmentStrategy.Range), async group =>
        {
            group.Expect("(?i)fenced|fatal|COMMITFAIL");
            GroupMember old = group.Join("A", static config => config.GroupInstanceId = "place");
            await group.SettleAsync("A");
            await group.CommittedAsync();

            // From here on the old member has nothing that is its own, and has yet to hear of it.
            group.Ledger.Forget("A");
            GroupMember taker = group.Join("B", static config => config.GroupInstanceId = "place");
            Error error = await old.FailureAsync(group.Limit);

            Assert.Equal((ErrorCode.FencedInstanceId, true), (error.Code, error.IsFatal));
            await group.SharedAsync(("B", 6));
            await group.ProduceAndReadAsync();
            await taker.LeaveAsync();
        });

    [SkippableFact]
    public Task The_coordinator_moves_and_the_group_goes_on() =>
        GroupStory.RunAsync(config => Hurry(config, PartitionAssignmentStrategy.Range), async group =>
        {
            group.Expect("Broker: Not coordinator|NOT_COORDINATOR|COMMITFAIL");
            GroupMember one = group.Join("A");
            await group.SettleAsync("A");
            GroupMember two = group.Join("B");
            await group.SharedAsync(("A", 4), ("B", 2));
            await group.ProduceAndReadAsync();
            int assignments = group.Ledger.AssignmentsOf("A");
            foreach (int broker in new[] { 1, 2, 3, 1 })
            {
                await group.MoveCoordinatorAsync(broker);
                await group.ProduceAndReadAsync();
                await group.CommittedAsync();
            }

            // The new coordinator knows the members: nobody joins again.
            Assert.Equal(assignments, group.Ledger.AssignmentsOf("A"));
            await one.LeaveAsync();
            await group.SharedAsync(("B", 6));
            await group.ProduceAndReadAsync();
            await two.LeaveAsync();
            await group.AssertFinishedAsync();
        });

    [SkippableTheory]
    [InlineData("2.1")]
    [InlineData("2.8")]
    [InlineData("3.9")]
    public Task Older_releases_lead_groups_too(string release) =>
        GroupStory.RunAsync(config => Hurry(config, PartitionAssignmentStrategy.CooperativeSticky), async group =>
        {
            // What an older release does not have the client does without; anything else that it complains of is still a failure.
            group.Expect("ApiVersionRequest v3 failed due to UNSUPPORTED_VERSION: retrying|NOT supported by broker|not supported by broker, requires");
            GroupMember one = group.Join("A");
            await group.SettleAsync("A");
            GroupMember two = group.Join("B");
            await group.SharedAsync(("A", 3), ("B", 3));
            await group.ProduceAndReadAsync();
            await one.LeaveAsync();
            await group.SharedAsync(("B", 6));
            await group.ProduceAndReadAsync();
            await two.LeaveAsync();
            await group.AssertFinishedAsync();
        }, options => options.AsKafka(release));

    private static void Hurry(ConsumerConfig config, PartitionAssignmentStrategy strategy)
    {
        config.PartitionAssignmentStrategy = strategy;
        config.SessionTimeoutMs = 6000;
        config.HeartbeatIntervalMs = 100;
    }
}
