using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Tests.Consuming.Members;

/// <summary>What a caller may do wrong with a group, and what the group may refuse: each a clear error on the right call.</summary>
public sealed class MemberBadInputTests
{
    private static readonly TopicPartition Partition = new(GroupWorld.Topic, 0);

    [Fact]
    public void Without_a_group_nothing_can_be_subscribed_stored_or_committed() => GroupWorld.Run(1, 1, async world =>
    {
        await world.ProduceAsync(0, 1);
        await using KafkaConsumer<string, string> consumer = world.Create("first", static options => options.GroupId = null);
        Assert.Contains("ConsumerOptions.GroupId", Assert.Throws<InvalidOperationException>(() => consumer.Subscribe(GroupWorld.Topic)).Message);
        consumer.Assign(new TopicPartitionOffset(GroupWorld.Topic, 0, 0));
        ConsumedRecord<string, string> record = await world.NextAsync(consumer);
        Assert.Contains("ConsumerOptions.GroupId", Assert.Throws<InvalidOperationException>(() => consumer.StoreOffset(record)).Message);
        Assert.Contains("ConsumerOptions.GroupId", (await Assert.ThrowsAsync<InvalidOperationException>(async () => await consumer.CommitAsync())).Message);
    });

    [Fact]
    public void Partitions_that_are_not_assigned_are_refused() => GroupWorld.Run(1, 1, async world =>
    {
        await using KafkaConsumer<string, string> consumer = world.Join("first");
        await world.UntilAsync(() => consumer.Assignment.Count == 1, "it has its partition");
        TopicPartition other = new(GroupWorld.Topic, 5);
        Assert.Contains("orders-5 is not assigned", Assert.Throws<InvalidOperationException>(() => consumer.Seek(other, 0)).Message);
        Assert.Contains("orders-5 is not assigned", Assert.Throws<InvalidOperationException>(() => consumer.StoreOffset(other, 1)).Message);
        InvalidOperationException error =
            await Assert.ThrowsAsync<InvalidOperationException>(async () => await consumer.CommitAsync([new OffsetCommit(GroupWorld.Topic, 5, 1)]));
        Assert.Contains("orders-5", error.Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => consumer.StoreOffset(Partition, -1));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await consumer.CommitAsync([new OffsetCommit(GroupWorld.Topic, 0, -5)]));
    });

    [Fact]
    public void A_subscription_and_partitions_by_hand_do_not_mix() => GroupWorld.Run(1, 1, async world =>
    {
        await using KafkaConsumer<string, string> consumer = world.Join("first");
        Assert.Contains("UnsubscribeAsync", Assert.Throws<InvalidOperationException>(() => consumer.Assign(new TopicPartitionOffset("x", 0, 0))).Message);
        await using KafkaConsumer<string, string> other = world.Create("second");
        other.Assign(new TopicPartitionOffset(GroupWorld.Topic, 0, 0));
        Assert.Contains("by hand", Assert.Throws<InvalidOperationException>(() => other.Subscribe(GroupWorld.Topic)).Message);
        Assert.Throws<ArgumentException>(() => other.Subscribe([]));
        Assert.Throws<ArgumentException>(() => other.Subscribe([""]));
    });

    [Fact]
    public void A_group_that_may_not_be_used_is_told_to_the_reader() => GroupWorld.Run(1, 1, async world =>
    {
        world.Cluster.Faults.Fail(ApiKey.JoinGroup, ErrorCode.GroupAuthorizationFailed);
        await using KafkaConsumer<string, string> consumer = world.Join("first");
        KafkaException error = await Assert.ThrowsAnyAsync<KafkaException>(() => world.NextAsync(consumer));
        Assert.Contains(GroupWorld.Group, error.Message);
        Assert.Contains(nameof(ErrorCode.GroupAuthorizationFailed), error.Message);
        Assert.Throws<InvalidOperationException>(() => consumer.StoreOffset(Partition, 1));
    });

    [Fact]
    public void A_record_that_cannot_be_deserialised_names_its_place_and_can_be_skipped() => GroupWorld.Run(1, 1, async world =>
    {
        await world.ProduceAsync(0, 3);
        await using KafkaConsumer<string, string> texts = world.Join("first");
        KafkaClient client = world.CreateClient("second");
        await using KafkaConsumer<string, long> consumer = client.CreateConsumer<string, long>(new ConsumerOptions { GroupId = "numbers" });
        consumer.Subscribe(GroupWorld.Topic);
        for (int i = 0; i < 3; i++)
        {
            KafkaSerializationException? error = null;
            while (error is null)
            {
                try
                {
                    await consumer.WaitToReadAsync();
                    Assert.False(consumer.TryRead(out _));
                }
                catch (KafkaSerializationException e)
                {
                    error = e;
                }
            }

            Assert.Equal(new TopicPartitionOffset(GroupWorld.Topic, 0, i), error.Record);
        }
    });

    [Fact]
    public void A_second_consumer_with_the_same_instance_id_fences_the_first() => GroupWorld.Run(1, 1, async world =>
    {
        await using KafkaConsumer<string, string> first = world.Join("first", change: static options => options.GroupInstanceId = "one");
        await world.UntilAsync(() => first.Assignment.Count == 1, "the first has the partition");
        Task<ConsumedRecord<string, string>> reading = world.NextAsync(first);
        await using KafkaConsumer<string, string> second = world.Join("second", change: static options => options.GroupInstanceId = "one");
        KafkaException error = await Assert.ThrowsAnyAsync<KafkaException>(() => reading);
        Assert.Contains(nameof(ErrorCode.FencedInstanceId), error.Message);
        Assert.Empty(first.Assignment);
    });
}
