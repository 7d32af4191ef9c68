namespace HighPerf.Kafka.Interop.Tests.ConfluentClient;

using Confluent.Kafka;

/// <summary>Groups whose partitions the coordinator shares out (KIP-848), played by Confluent.Kafka.</summary>
public sealed class ConsumerGroupProtocolTests
{
    [SkippableTheory]
    [InlineData("uniform", 3)]
    [InlineData("range", 4)]
    public Task Members_join_and_leave_and_every_record_is_read_once(string assignor, int share) =>
        GroupStory.RunAsync(config => Configure(config, assignor), async group =>
        {
            GroupMember one = group.Join("A");
            await group.SettleAsync("A");

            GroupMember two = group.Join("B");
            await group.SharedBetweenAsync("A", "B", share);
            await group.ProduceAndReadAsync();

            // The member that was there first gives up what the newcomer gets, and no more.
            Assert.Equal(6 - group.Ledger.OwnedCount("A"), group.Ledger.RevokedFrom("A"));
            await group.AssertDescribedAsync(assignor, "A", "B");
            GroupMember three = group.Join("C");
            await group.SharedAsync(("A", 2), ("B", 2), ("C", 2));
            await group.ProduceAndReadAsync();

            await two.LeaveAsync();
            await group.SharedBetweenAsync("A", "C", share);
            await group.ProduceAndReadAsync();
            await one.LeaveAsync();
            await group.SharedAsync(("C", 6));
            await group.ProduceAndReadAsync();
            await three.LeaveAsync();
            await group.AssertFinishedAsync();
        });

    [SkippableFact]
    public Task A_static_member_comes_back_to_its_partitions() =>
        GroupStory.RunAsync(static config => Configure(config, "uniform"), async group =>
        {
            GroupMember one = group.Join("A", static config => config.GroupInstanceId = "first");
            await group.SettleAsync("A");
            GroupMember two = group.Join("B", static config => config.GroupInstanceId = "second");
            await group.SharedAsync(("A", 3), ("B", 3));
            await group.ProduceAndReadAsync();
            string owned = group.Ledger.Owned("B");
            int assignments = group.Ledger.AssignmentsOf("A");

            await two.LeaveAsync();
            GroupMember again = group.Join("B", static config => config.GroupInstanceId = "second");
            await group.SharedAsync(("A", 3), ("B", 3));
            await group.ProduceAndReadAsync();

            Assert.Equal(owned, group.Ledger.Owned("B"));
            Assert.Equal(assignments, group.Ledger.AssignmentsOf("A"));
            await one.LeaveAsync();
            await again.LeaveAsync();
        });

    [SkippableFact]
    public Task A_regular_expression_subscribes_to_the_topics_that_match() =>
        GroupStory.RunAsync(static config => Configure(config, "uniform"), async group =>
        {
            GroupMember member = group.Join("A", topics: ["^[ab]$"]);
            await group.SettleAsync("A");
            await member.LeaveAsync();
            await group.AssertFinishedAsync();
        });

    private static void Configure(ConsumerConfig config, string assignor)
    {
        config.GroupProtocol = GroupProtocol.Consumer;
        config.GroupRemoteAssignor = assignor;
    }
}
