using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Tests.Administration;

/// <summary>Committed offsets of groups, from outside.</summary>
public sealed class GroupOffsetsTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("2.1")] // no RequireStable, no group types
    [InlineData("2.8")]
    [InlineData("3.9")]
    [InlineData("4.1")]
    public void Offsets_are_set_read_with_their_lag_and_deleted_on_every_release(string? release)
    {
        GroupsWorld world = new(release: release);
        world.Run(async () =>
        {
            await world.ProduceAsync("a", 0, 5);
            await world.ProduceAsync("b", 2, 3);
            await world.Groups.SetOffsetsAsync("g", [new("b", 2, 3), new("a", 0, 2), new("a", 1, 0)]);

            IReadOnlyList<GroupOffset> offsets = await world.Groups.OffsetsAsync("g");

            Assert.Equal(["a-0 2 of 5, 3", "a-1 0 of 0, 0", "b-2 3 of 3, 0"], offsets.Select(Text));
            if (release != "2.1")
            {
                await world.Groups.DeleteOffsetsAsync("g", [new("a", 0), new("b", 2)]);
                Assert.Equal(["a-1 0 of 0, 0"], (await world.Groups.OffsetsAsync("g")).Select(Text));
            }

            await world.Groups.DeleteAsync("g");
            Assert.Empty(await world.Groups.ListAsync());
        });
    }

    [Fact]
    public void Beginning_and_end_become_offsets_of_the_log()
    {
        GroupsWorld world = new();
        world.Run(async () =>
        {
            await world.ProduceAsync("a", 1, 7);
            await world.Groups.SetOffsetsAsync("g", [new("a", 1, TopicPartitionOffset.End), new("a", 0, TopicPartitionOffset.Beginning)]);
            Assert.Equal(["a-0 0 of 0, 0", "a-1 7 of 7, 0"], (await world.Groups.OffsetsAsync("g")).Select(Text));
        });
    }

    [Fact]
    public void Partitions_that_members_read_and_nobody_committed_are_there_and_those_of_deleted_topics_have_no_end()
    {
        GroupsWorld world = new(release: "3.9"); // where the offsets of a deleted topic stay until they expire
        world.Run(async () =>
        {
            await world.ProduceAsync("b", 1, 2);
            await world.Groups.SetOffsetsAsync("g", [new("b", 0, 1), new("a", 0, 9)]);
            await world.JoinAsync("g", KafkaGroupsTests.Subscription("b"), KafkaGroupsTests.Assignment("b", 0, 1));
            IEnumerable<string> offsets = (await world.Groups.OffsetsAsync("g")).Select(Text);
            Assert.Equal(["a-0 9 of 0, 0", "b-0 1 of 0, 0", "b-1 - of 2, -"], offsets);

            await world.Client.Topics.DeleteAsync("b");
            Assert.Equal(["b-0 - of -, -", "b-1 - of -, -"], (await world.Groups.OffsetsAsync("g")).Select(Text).Skip(1));
        });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_group_with_members_keeps_its_offsets(bool modern)
    {
        GroupsWorld world = new();
        world.Run(async () =>
        {
            await world.Groups.SetOffsetsAsync("g", [new("a", 0, 1)]);
            _ = modern ? await world.JoinConsumerGroupAsync("g", "a")
                : await world.JoinAsync("g", KafkaGroupsTests.Subscription("a"), KafkaGroupsTests.Assignment("a", 0));

            KafkaBrokerException error = await Assert.ThrowsAsync<KafkaBrokerException>(() => world.Groups.SetOffsetsAsync("g", [new("a", 0, 0)]));
            Assert.Contains("group \"g\": the group has members, and only they commit. Stop them first", error.Message);
            error = await Assert.ThrowsAsync<KafkaBrokerException>(() => world.Groups.DeleteOffsetsAsync("g", [new("a", 0)]));
            Assert.Equal(ErrorCode.GroupSubscribedToTopic, error.Code);
            Assert.Contains("a member of the group reads the topic", error.Message);
            Assert.Equal(1, (await world.Groups.OffsetsAsync("g"))[0].Committed);
        });
    }

    [Fact]
    public void A_partition_that_does_not_exist_is_told_at_once()
    {
        GroupsWorld world = new();
        world.Run(async () =>
        {
            KafkaBrokerException error = await Assert.ThrowsAsync<KafkaBrokerException>(() => world.Groups.SetOffsetsAsync("g", [new("a", 2, 0)]));
            Assert.Equal((ErrorCode.UnknownTopicOrPartition, new TopicPartition("a", 2)), (error.Code, error.TopicPartition));
            error = await Assert.ThrowsAsync<KafkaBrokerException>(() => world.Groups.SetOffsetsAsync("g", [new("nix", 0, TopicPartitionOffset.End)]));
            Assert.Equal(new TopicPartition("nix", 0), error.TopicPartition);
            Assert.True(world.Now < TimeSpan.FromSeconds(2));
        });
    }

    [Fact]
    public void A_lost_answer_to_a_commit_is_asked_for_again()
    {
        GroupsWorld world = new();
        world.Run(async () =>
        {
            world.Cluster.Faults.LoseAnswer(RequestMatch.Of(ApiKey.OffsetCommit).Once());
            world.Cluster.Faults.Fail(RequestMatch.Of(ApiKey.OffsetFetch).Once(), ErrorCode.CoordinatorLoadInProgress);
            await world.Groups.SetOffsetsAsync("g", [new("a", 0, 4)]);
            Assert.Equal(4, Assert.Single(await world.Groups.OffsetsAsync("g")).Committed);
        });
    }

    [Fact]
    public void G6_an_error_of_one_partition_is_told_with_its_name()
    {
        GroupsWorld world = new();
        world.Run(async () =>
        {
            world.Cluster.Faults.Fail(RequestMatch.Of(ApiKey.OffsetCommit), ErrorCode.TopicAuthorizationFailed, "b", 1);
            KafkaBrokerException error = await Assert.ThrowsAsync<KafkaBrokerException>(
                () => world.Groups.SetOffsetsAsync("g", [new("a", 0, 0), new("b", 1, 0)]));
            Assert.Equal((ErrorCode.TopicAuthorizationFailed, new TopicPartition("b", 1)), (error.Code, error.TopicPartition));
        });
    }

    [Fact]
    public void Offsets_that_cannot_be_are_refused_before_anybody_is_asked()
    {
        GroupsWorld world = new();
        world.Run(async () =>
        {
            ArgumentException error = await Assert.ThrowsAsync<ArgumentException>(() => world.Groups.SetOffsetsAsync("g", [new("a", 0, -3)]));
            Assert.StartsWith("The offset of a-0 is -3; it must be at least 0, Beginning or End.", error.Message);
            error = await Assert.ThrowsAsync<ArgumentException>(() => world.Groups.SetOffsetsAsync("g", [new("a", 0, 1), new("a", 0, 2)]));
            Assert.StartsWith("a-0 is named twice.", error.Message);
            await world.Groups.SetOffsetsAsync("g", []);
            await world.Groups.DeleteOffsetsAsync("g", []);
            Assert.Empty(world.Cluster.Requests.Snapshot(ApiKey.OffsetCommit));
            Assert.Empty(world.Cluster.Requests.Snapshot(ApiKey.OffsetDelete));
        });
    }

    private static string Text(GroupOffset offset) =>
        $"{offset.TopicPartition} {offset.Committed?.ToString() ?? "-"} of {offset.End?.ToString() ?? "-"}, {offset.Lag?.ToString() ?? "-"}";
}
