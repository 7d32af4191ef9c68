using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Fetching;

namespace HighPerf.Kafka.Testing.Tests.Fetching;

/// <summary>Which session goes when there is no room for another one: time, size, and whose it is.</summary>
public sealed class FetchSessionEvictionTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMilliseconds(120_001);

    [Fact]
    public void Without_room_there_is_no_session_and_the_answer_is_whole() => With(1, async broker =>
    {
        SessionClient first = await StartAsync(broker, 1);
        SessionClient second = await StartAsync(broker, 3);
        Assert.NotEqual(0, first.Id);
        Assert.Equal(0, second.Id);
    });

    [Fact]
    public void Without_slots_there_are_no_sessions() => With(0, async broker => Assert.Equal(0, (await StartAsync(broker, 1)).Id));

    [Fact]
    public void A_session_that_is_not_used_for_two_minutes_goes_whatever_its_size() => With(1, async broker =>
    {
        SessionClient large = await StartAsync(broker, 3);
        await broker.WaitAsync(Long);
        SessionClient small = await StartAsync(broker, 1);
        Assert.NotEqual(0, small.Id);
        Assert.Equal(ErrorCode.FetchSessionIdNotFound, (ErrorCode)(await large.FetchAsync("t")).ErrorCode);
    });

    [Theory]
    [InlineData(1, 2, true)]
    [InlineData(2, 2, false)]
    [InlineData(3, 2, false)]
    public void An_old_session_in_use_goes_for_a_larger_one(int oldSize, int newSize, bool goes) => With(1, async broker =>
    {
        SessionClient old = await StartAsync(broker, oldSize);
        await broker.WaitAsync(Long);
        await old.FetchAsync("t");
        Assert.Equal(goes, (await StartAsync(broker, newSize)).Id != 0);
    });

    [Fact]
    public void A_young_session_stays() => With(1, async broker =>
    {
        SessionClient young = await StartAsync(broker, 1);
        await broker.WaitAsync(TimeSpan.FromSeconds(100));
        await young.FetchAsync("t");
        Assert.Equal(0, (await StartAsync(broker, 3)).Id);
    });

    [Fact]
    public void Of_several_the_smallest_goes() => With(2, async broker =>
    {
        SessionClient larger = await StartAsync(broker, 2);
        SessionClient smaller = await StartAsync(broker, 1);
        await broker.WaitAsync(Long);
        await larger.FetchAsync("t");
        await smaller.FetchAsync("t");
        Assert.NotEqual(0, (await StartAsync(broker, 3)).Id);
        Assert.Equal(0, (await larger.FetchAsync("t")).ErrorCode);
        Assert.Equal(ErrorCode.FetchSessionIdNotFound, (ErrorCode)(await smaller.FetchAsync("t")).ErrorCode);
    });

    [Fact]
    public void A_replica_drives_out_a_consumer_and_not_the_other_way_round() => With(1, async broker =>
    {
        SessionClient consumer = await StartAsync(broker, 3);
        SessionClient replica = await StartAsync(broker, 1, replicaId: 1);
        Assert.NotEqual(0, replica.Id);
        Assert.Null(broker.Broker.FetchSessions.Find(consumer.Id));
        Assert.Equal(0, (await StartAsync(broker, 3)).Id);
    });

    private static async Task<SessionClient> StartAsync(TestBroker broker, int partitions, int replicaId = -1)
    {
        SessionClient client = new(await broker.ConnectAsync());
        FetchRequest request = client.Request("t", [.. Enumerable.Range(0, partitions).Select(partition => SessionClient.At(partition, 0))]);
        request.ReplicaId = replicaId;
        FetchResponse response = await client.SendAsync(request);
        Assert.Equal(partitions, response.Responses.Sum(topic => topic.Partitions.Count));
        return client;
    }

    private static void With(int slots, Func<TestBroker, Task> test)
    {
        KafkaTestClusterOptions options = new() { BrokerSettings = { ["max.incremental.fetch.session.cache.slots"] = $"{slots}" } };
        TestBroker.Simulate(
            async broker =>
            {
                await broker.CreateTopicAsync("t", partitions: 3);
                await test(broker);
            },
            options);
    }
}
