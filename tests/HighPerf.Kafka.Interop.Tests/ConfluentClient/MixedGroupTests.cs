namespace HighPerf.Kafka.Interop.Tests.ConfluentClient;

using Confluent.Kafka;
using HighPerf.Kafka.Interop.Tests.Peers;

/// <summary>
/// Groups in which our consumer and librdkafka's are members side by side: each leads, each hands over to the other, every record is read once.
/// </summary>
public sealed class MixedGroupTests
{
    [SkippableTheory]
    [InlineData(PartitionAssignmentStrategy.Range, "range")]
    [InlineData(PartitionAssignmentStrategy.RoundRobin, "roundrobin")]
    [InlineData(PartitionAssignmentStrategy.CooperativeSticky, "cooperative-sticky")]
    public Task We_lead_they_join_we_leave_they_lead(PartitionAssignmentStrategy strategy, string name) =>
        GroupStory.RunAsync(config => Hurry(config, strategy), async group =>
        {
            int share = strategy == PartitionAssignmentStrategy.Range ? 4 : 3;
            OurMember one = group.JoinOurs("A", Of(strategy));
            await group.SettleAsync("A");

            GroupMember two = group.Join("B");
            await group.SharedAsync(("A", share), ("B", 6 - share));
            await group.ProduceAndReadAsync();
            await group.AssertDescribedAsync(name, "A", "B");
            OurMember three = group.JoinOurs("C", Of(strategy));
            await group.SharedAsync(("A", 2), ("B", 2), ("C", 2));
            await group.ProduceAndReadAsync();
            await group.AssertDescribedAsync(name, "A", "B", "C");
            if (strategy == PartitionAssignmentStrategy.CooperativeSticky)
            {
                Assert.Equal((4, 1), (group.Ledger.RevokedFrom("A"), group.Ledger.RevokedFrom("B")));
            }

            // Now the other client leads.
            await one.LeaveAsync();
            await group.SharedAsync(("B", share), ("C", 6 - share));
            await group.ProduceAndReadAsync();
            OurMember four = group.JoinOurs("D", Of(strategy));
            await group.SharedAsync(("B", 2), ("C", 2), ("D", 2));
            await group.ProduceAndReadAsync();
            await two.LeaveAsync();
            await group.SharedAsync(("C", share), ("D", 6 - share));
            await group.ProduceAndReadAsync();
            await three.LeaveAsync();
            await group.SharedAsync(("D", 6));
            await group.ProduceAndReadAsync();
            await four.LeaveAsync();
            await group.AssertFinishedAsync();
        });

    [SkippableFact]
    public Task They_lead_and_one_of_them_vanishes() =>
        GroupStory.RunAsync(config => Hurry(config, PartitionAssignmentStrategy.CooperativeSticky), async group =>
        {
            GroupMember one = group.Join("A");
            await group.SettleAsync("A");
            OurMember two = group.JoinOurs("B", Of(PartitionAssignmentStrategy.CooperativeSticky));
            await group.SharedAsync(("A", 3), ("B", 3));
            await group.ProduceAndReadAsync();
            await group.CommittedAsync();
            await one.VanishAsync();
            await group.SharedAsync(("B", 6));
            await group.ProduceAndReadAsync();
            await two.LeaveAsync();
            await group.AssertFinishedAsync();
        });

    [SkippableFact]
    public Task G11_the_coordinator_moves_and_nobody_joins_again() =>
        GroupStory.RunAsync(config => Hurry(config, PartitionAssignmentStrategy.Range), async group =>
        {
            group.Expect("Broker: Not coordinator|NOT_COORDINATOR|COMMITFAIL");
            OurMember one = group.JoinOurs("A", null);
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
    public Task Older_releases_lead_mixed_groups_too(string release) =>
        GroupStory.RunAsync(config => Hurry(config, PartitionAssignmentStrategy.CooperativeSticky), async group =>
        {
            group.Expect("ApiVersionRequest v3 failed due to UNSUPPORTED_VERSION: retrying|NOT supported by broker|not supported by broker, requires");
            OurMember one = group.JoinOurs("A", Of(PartitionAssignmentStrategy.CooperativeSticky));
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

    [SkippableFact]
    public Task A_kcat_comes_takes_its_part_and_goes()
    {
        Kcat.Require();
        return GroupStory.RunAsync(config => Hurry(config, PartitionAssignmentStrategy.RoundRobin), async group =>
        {
            OurMember one = group.JoinOurs("A", Of(PartitionAssignmentStrategy.RoundRobin));
            await group.SettleAsync("A");
            await group.CommittedAsync();
            int assignments = group.Ledger.AssignmentsOf("A");

            // It gets half of the partitions, finds nothing new in them, and leaves.
            ToolResult kcat = await Kcat.RunAsync(
            [
                "-b", group.BootstrapServers, "-q", "-G", GroupStory.Group, "-e", "-X", "auto.offset.reset=earliest", "-X", "session.timeout.ms=6000",
                "-X", "heartbeat.interval.ms=100", "-X", "partition.assignment.strategy=roundrobin", "-X", "client.id=B", "a", "b",
            ]);
            Assert.Equal("", kcat.AssertSucceeded().Text);
            await group.SharedAsync(("A", 6));
            Assert.True(group.Ledger.AssignmentsOf("A") >= assignments + 2);
            await group.ProduceAndReadAsync();
            await one.LeaveAsync();
            await group.AssertFinishedAsync();
        });
    }

    private static IPartitionAssignor[] Of(PartitionAssignmentStrategy strategy) => strategy switch
    {
        PartitionAssignmentStrategy.Range => [PartitionAssignors.Range],
        PartitionAssignmentStrategy.RoundRobin => [PartitionAssignors.RoundRobin],
        _ => [PartitionAssignors.CooperativeSticky],
    };

    private static void Hurry(ConsumerConfig config, PartitionAssignmentStrategy strategy)
    {
        config.PartitionAssignmentStrategy = strategy;
        config.SessionTimeoutMs = 6000;
        config.HeartbeatIntervalMs = 100;
    }
}
