using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Testing.Tests.Handlers;

public sealed class LongPollTests
{
    private const short Version = 12;

    [Fact]
    public void An_empty_fetch_comes_back_after_its_time() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        RawClient client = await broker.ConnectAsync();
        TimeSpan began = broker.Now;
        FetchResponse response = await client.CallAsync(Requests.Fetch("t", 0, 0, maxWaitMs: 500), Version);
        Assert.Empty(response.Single().Records!);
        Assert.InRange(broker.Now - began, TimeSpan.FromMilliseconds(500), TimeSpan.FromMilliseconds(600));
    });

    [Fact]
    public void A_waiting_fetch_comes_back_with_the_first_record() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        RawClient consumer = await broker.ConnectAsync();
        RawClient producer = await broker.ConnectAsync();
        TimeSpan began = broker.Now;
        int pending = await consumer.BeginAsync(Requests.Fetch("t", 0, 0, maxWaitMs: 30_000), Version);
        await broker.WaitAsync(TimeSpan.FromSeconds(2));
        await producer.CallAsync(Requests.Produce("t", 0, Batches.Of("news")), 9);
        FetchResponse response = await consumer.EndAsync<FetchRequest, FetchResponse>(pending, Version);
        Assert.Equal(["news"], Batches.Values(response.Single().Records));
        Assert.InRange(broker.Now - began, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2.2));
    });

    [Fact]
    public void A_fetch_waits_for_its_minimum() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        RawClient consumer = await broker.ConnectAsync();
        RawClient producer = await broker.ConnectAsync();
        byte[] batch = Batches.OfSize(100);
        TimeSpan began = broker.Now;
        int pending = await consumer.BeginAsync(Requests.Fetch("t", 0, 0, maxWaitMs: 30_000, minBytes: 3 * batch.Length), Version);
        for (int i = 0; i < 3; i++)
        {
            await broker.WaitAsync(TimeSpan.FromSeconds(1));
            await producer.CallAsync(Requests.Produce("t", 0, batch), 9);
        }

        FetchResponse response = await consumer.EndAsync<FetchRequest, FetchResponse>(pending, Version);
        Assert.Equal(3 * batch.Length, response.Single().Records!.Length);
        Assert.InRange(broker.Now - began, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(3.2));
    });

    [Fact]
    public void What_a_produce_request_brings_to_several_partitions_comes_in_one_answer() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t", partitions: 2);
        RawClient consumer = await broker.ConnectAsync();
        RawClient producer = await broker.ConnectAsync();
        FetchRequest fetch = Requests.Fetch("t", 0, 0, maxWaitMs: 30_000);
        fetch.Topics[0].Partitions.Add(new FetchRequest.FetchPartition { Partition = 1, PartitionMaxBytes = 1 << 20 });
        int pending = await consumer.BeginAsync(fetch, Version);
        await broker.WaitAsync(TimeSpan.FromSeconds(1));
        ProduceRequest produce = Requests.Produce("t", 0, Batches.Of("a"));
        produce.TopicData[0].PartitionData.Add(new ProduceRequest.PartitionProduceData { Index = 1, Records = Batches.Of("b") });
        await producer.CallAsync(produce, 9);
        FetchResponse response = await consumer.EndAsync<FetchRequest, FetchResponse>(pending, Version);
        Assert.Equal(["a", "b"], response.Responses[0].Partitions.SelectMany(partition => Batches.Values(partition.Records)));
    });

    [Fact]
    public void A_waiting_fetch_holds_up_its_connection_only() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        RawClient client = await broker.ConnectAsync();
        RawClient other = await broker.ConnectAsync();
        TimeSpan began = broker.Now;
        int fetch = await client.BeginAsync(Requests.Fetch("t", 0, 0, maxWaitMs: 5000), Version);
        int metadata = await client.BeginAsync(Requests.Metadata("t"), 9);
        await other.CallAsync(Requests.Metadata("t"), 9);
        Assert.InRange(broker.Now - began, TimeSpan.Zero, TimeSpan.FromMilliseconds(100));

        // In the order of the requests.
        await client.EndAsync<FetchRequest, FetchResponse>(fetch, Version);
        await client.EndAsync<MetadataRequest, MetadataResponse>(metadata, 9);
        Assert.InRange(broker.Now - began, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5.2));
    });

    [Fact]
    public void One_append_wakes_every_waiting_fetch() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        RawClient producer = await broker.ConnectAsync();
        List<(RawClient Client, int Pending)> waiting = [];
        for (int i = 0; i < 5; i++)
        {
            RawClient client = await broker.ConnectAsync();
            waiting.Add((client, await client.BeginAsync(Requests.Fetch("t", 0, 0, maxWaitMs: 30_000), Version)));
        }

        await broker.WaitAsync(TimeSpan.FromSeconds(1));
        TimeSpan began = broker.Now;
        await producer.CallAsync(Requests.Produce("t", 0, Batches.Of("all")), 9);
        foreach ((RawClient client, int pending) in waiting)
        {
            Assert.Equal(["all"], Batches.Values((await client.EndAsync<FetchRequest, FetchResponse>(pending, Version)).Single().Records));
        }

        Assert.InRange(broker.Now - began, TimeSpan.Zero, TimeSpan.FromMilliseconds(200));
    });

    [Fact]
    public void A_client_that_goes_away_while_it_waits_leaves_nothing_behind() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        RawClient consumer = await broker.ConnectAsync();
        RawClient producer = await broker.ConnectAsync();
        await consumer.BeginAsync(Requests.Fetch("t", 0, 0, maxWaitMs: int.MaxValue), Version);
        await broker.WaitAsync(TimeSpan.FromSeconds(1));
        await consumer.CloseAsync();
        await broker.WaitAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(1, broker.Broker.ConnectionCount);
        Assert.Equal(0, (await producer.CallAsync(Requests.Produce("t", 0, Batches.Of("x")), 9)).Single().ErrorCode);
    });

    [Theory]
    [InlineData(12, ErrorCode.UnknownTopicOrPartition)]
    [InlineData(13, ErrorCode.UnknownTopicOrPartition)]
    public void A_deleted_topic_wakes_its_fetches(short version, ErrorCode expected) => TestBroker.Simulate(async broker =>
    {
        Guid id = await broker.CreateTopicAsync("t");
        RawClient consumer = await broker.ConnectAsync();
        RawClient admin = await broker.ConnectAsync();
        int pending = await consumer.BeginAsync(Requests.Fetch(version < 13 ? "t" : "", 0, 0, maxWaitMs: 30_000, id: version < 13 ? default : id), version);
        await broker.WaitAsync(TimeSpan.FromSeconds(1));
        await admin.CallAsync(new DeleteTopicsRequest { TopicNames = ["t"], TimeoutMs = 1000 }, 5);
        FetchResponse response = await consumer.EndAsync<FetchRequest, FetchResponse>(pending, version);
        Assert.Equal(expected, (ErrorCode)response.Single().ErrorCode);
    });
}
