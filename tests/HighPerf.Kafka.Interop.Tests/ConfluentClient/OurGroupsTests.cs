namespace HighPerf.Kafka.Interop.Tests.ConfluentClient;

using Confluent.Kafka;

/// <summary>Groups of Confluent.Kafka's members, as this client lists and describes them, reads their lag, and changes them when they are empty.</summary>
public sealed class OurGroupsTests
{
    [SkippableTheory]
    [InlineData(true, "uniform")]
    [InlineData(false, "range")]
    [InlineData(false, "cooperative-sticky")]
    public Task Members_of_librdkafka_are_seen_with_what_they_read(bool modern, string assignor) => GroupStory.RunAsync(
        config => Configure(config, modern, assignor),
        async group =>
        {
            await using KafkaClient client = new(new KafkaClientOptions { BootstrapServers = group.BootstrapServers });
            GroupMember one = group.Join("A");
            await group.SettleAsync("A");
            GroupMember two = group.Join("B");
            await group.SharedBetweenAsync("A", "B", assignor == "range" ? 4 : 3);
            await group.ProduceAndReadAsync();
            await group.CommittedAsync();

            GroupListing listing = Assert.Single(await client.Groups.ListAsync(), static found => found.GroupId == GroupStory.Group);
            Assert.Equal((modern ? GroupType.Consumer : GroupType.Classic, GroupState.Stable, "consumer"), (listing.Type, listing.State, listing.ProtocolType));
            GroupDescription described = await client.Groups.DescribeAsync(GroupStory.Group);
            Assert.Equal((assignor, listing.Coordinator), (described.Assignor, described.Coordinator));
            Assert.Equal(["A", "B"], described.Members.Select(static member => member.ClientId).Order());
            foreach (GroupMemberDescription member in described.Members)
            {
                Assert.Equal(group.Ledger.Owned(member.ClientId), string.Join(' ', member.Assignment!.Select(static p => $"{p.Topic}{p.Partition}")));
                Assert.Equal(["a", "b"], member.SubscribedTopics.Order(StringComparer.Ordinal));
            }

            IReadOnlyList<GroupOffset> offsets = await client.Groups.OffsetsAsync(GroupStory.Group);
            Assert.Equal(GroupStory.Partitions, offsets.Count);
            Assert.All(offsets, static offset => Assert.Equal((20, 20, 0), (offset.Committed, offset.End, offset.Lag)));
            KafkaBrokerException refused = await Assert.ThrowsAsync<KafkaBrokerException>(
                () => client.Groups.SetOffsetsAsync(GroupStory.Group, [new("a", 0, 0)], group.Limit));
            Assert.Contains("the group has members", refused.Message);

            await one.LeaveAsync();
            await group.SharedAsync(("B", GroupStory.Partitions)); // who leaves while the group still moves commits under an epoch that is over
            await two.LeaveAsync();
            await client.Groups.SetOffsetsAsync(GroupStory.Group, [new("a", 0, 20), new("a", 1, HighPerf.Kafka.TopicPartitionOffset.End)], group.Limit);
            await group.AssertFinishedAsync(); // as librdkafka sees it: offsets are where the group has read to, and it can be deleted
        });

    private static void Configure(ConsumerConfig config, bool modern, string assignor)
    {
        if (modern)
        {
            config.GroupProtocol = GroupProtocol.Consumer;
            config.GroupRemoteAssignor = assignor;
        }
        else
        {
            config.PartitionAssignmentStrategy = assignor == "range" ? PartitionAssignmentStrategy.Range : PartitionAssignmentStrategy.CooperativeSticky;
        }
    }
}
