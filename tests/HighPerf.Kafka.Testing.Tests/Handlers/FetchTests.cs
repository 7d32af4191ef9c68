using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Protocol.Records;

namespace HighPerf.Kafka.Testing.Tests.Handlers;

public sealed class FetchTests
{
    [Fact]
    public void Records_are_fetched_in_every_version() => TestBroker.Simulate(async broker =>
    {
        Guid id = await broker.CreateTopicAsync("t");
        RawClient client = await broker.ConnectAsync();
        await client.CallAsync(Requests.Produce("t", 0, Batches.Of("a", "b")), 9);
        foreach (short version in Requests.Versions(4, 18))
        {
            bool byId = version >= 13;
            FetchRequest request = Requests.Fetch(byId ? "" : "t", 0, 0, id: byId ? id : default);
            FetchResponse response = await client.CallAsync(request, version);
            FetchResponse.PartitionData data = response.Single();
            Assert.Equal(0, response.ErrorCode);
            Assert.Equal(0, response.SessionId);
            Assert.Equal(byId ? ("", id) : ("t", default), (response.Responses[0].Topic, response.Responses[0].TopicId));
            Assert.Equal((0, 0, 2L, 2L), (data.PartitionIndex, data.ErrorCode, data.HighWatermark, data.LastStableOffset));
            Assert.Equal(version >= 5 ? 0 : -1, data.LogStartOffset);
            Assert.Null(data.AbortedTransactions);
            Assert.Equal(-1, data.PreferredReadReplica);
            Assert.Equal(["a", "b"], Batches.Values(data.Records));
        }
    });

    [Fact]
    public void Read_committed_gets_an_empty_list_of_aborted_transactions() => With("t", 1, async (client, _) =>
    {
        FetchRequest request = Requests.Fetch("t", 0, 0);
        request.IsolationLevel = 1;
        FetchResponse.PartitionData data = (await client.CallAsync(request, 12)).Single();
        Assert.Empty(data.AbortedTransactions!);
        Assert.Equal(data.HighWatermark, data.LastStableOffset);
    });

    [Theory]
    [InlineData(0, ErrorCode.None, 3)]
    [InlineData(1, ErrorCode.None, 2)]
    [InlineData(3, ErrorCode.None, 0)]
    [InlineData(4, ErrorCode.OffsetOutOfRange, 0)]
    [InlineData(-1, ErrorCode.OffsetOutOfRange, 0)]
    [InlineData(long.MaxValue, ErrorCode.OffsetOutOfRange, 0)]
    [InlineData(long.MinValue, ErrorCode.OffsetOutOfRange, 0)]
    public void An_offset_is_within_the_log_or_refused(long offset, ErrorCode expected, int batches) => With("t", 3, async (client, _) =>
    {
        FetchResponse.PartitionData data = (await client.CallAsync(Requests.Fetch("t", 0, offset), 12)).Single();
        Assert.Equal(expected, (ErrorCode)data.ErrorCode);
        Assert.Equal(batches, Batches.Values(data.Records).Count);
        Assert.Equal(expected == ErrorCode.None ? 3 : -1, data.HighWatermark);
    });

    [Fact]
    public void An_offset_within_a_batch_gets_the_whole_batch_F1() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        RawClient client = await broker.ConnectAsync();
        await client.CallAsync(Requests.Produce("t", 0, Batches.Of("a", "b", "c")), 9);
        Assert.Equal(["a", "b", "c"], Batches.Values((await client.CallAsync(Requests.Fetch("t", 0, 2), 12)).Single().Records));
    });

    [Theory]
    [InlineData(12, ErrorCode.UnknownTopicOrPartition)]
    [InlineData(13, ErrorCode.UnknownTopicId)]
    public void An_unknown_topic_is_told_at_once(short version, ErrorCode expected) => TestBroker.Simulate(async broker =>
    {
        RawClient client = await broker.ConnectAsync();
        FetchRequest request = Requests.Fetch(version < 13 ? "nobody" : "", 0, 0, maxWaitMs: 30_000, id: version < 13 ? default : Requests.NoSuchTopic);
        Assert.Equal(expected, (ErrorCode)(await client.CallAsync(request, version)).Single().ErrorCode);
    });

    [Theory]
    [InlineData(0, ErrorCode.None)]
    [InlineData(-1, ErrorCode.None)]
    [InlineData(1, ErrorCode.UnknownLeaderEpoch)]
    public void A_leader_epoch_is_checked_F8(int epoch, ErrorCode expected) => With("t", 1, async (client, _) =>
    {
        FetchRequest request = Requests.Fetch("t", 0, 0);
        request.Topics[0].Partitions[0].CurrentLeaderEpoch = epoch;
        Assert.Equal(expected, (ErrorCode)(await client.CallAsync(request, 12)).Single().ErrorCode);
    });

    [Fact]
    public void The_first_batch_comes_whole_however_large_F2() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        RawClient client = await broker.ConnectAsync();
        byte[] large = Batches.OfSize(100_000);
        await client.CallAsync(Requests.Produce("t", 0, large), 9);
        await client.CallAsync(Requests.Produce("t", 0, Batches.Of("next")), 9);
        foreach ((int maxBytes, int partitionMaxBytes) in new[] { (1, 1 << 20), (1 << 20, 1), (0, 0), (-5, -5) })
        {
            FetchResponse response = await client.CallAsync(Requests.Fetch("t", 0, 0, maxBytes: maxBytes, partitionMaxBytes: partitionMaxBytes), 12);
            Assert.Equal(large.Length, response.Single().Records!.Length);
        }
    });

    [Fact]
    public void A_partition_gets_its_limit_and_the_last_batch_may_be_cut_F2() => With("t", 10, async (client, batchSize) =>
    {
        int limit = (3 * batchSize) + 10;
        byte[] records = (await client.CallAsync(Requests.Fetch("t", 0, 0, partitionMaxBytes: limit), 12)).Single().Records!;
        Assert.Equal(limit, records.Length);
        Assert.Equal(3, Batches.Values(records).Count);
    });

    [Fact]
    public void The_request_limit_is_shared_and_only_the_first_batch_may_exceed_it() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t", partitions: 3);
        RawClient client = await broker.ConnectAsync();
        byte[] batch = Batches.OfSize(1000);
        for (int partition = 0; partition < 3; partition++)
        {
            await client.CallAsync(Requests.Produce("t", partition, batch), 9);
        }

        Assert.Equal([batch.Length, 0, 0], await FetchAll(client, maxBytes: 1));
        Assert.Equal([batch.Length, 0, 0], await FetchAll(client, maxBytes: (2 * batch.Length) - 1));
        Assert.Equal([batch.Length, batch.Length, 0], await FetchAll(client, maxBytes: (3 * batch.Length) - 1));
        Assert.Equal([batch.Length, batch.Length, 0], await FetchAll(client, maxBytes: 2 * batch.Length));
        Assert.Equal([batch.Length, batch.Length, batch.Length], await FetchAll(client, maxBytes: int.MaxValue));
    });

    [Fact]
    public void Retention_moves_the_start_of_the_log() => TestBroker.Simulate(
        async broker =>
        {
            await broker.CreateTopicAsync("t");
            RawClient client = await broker.ConnectAsync();
            for (int i = 0; i < 50; i++)
            {
                await client.CallAsync(Requests.Produce("t", 0, Batches.OfSize(10_000)), 9);
            }

            long start = broker.Model.Topics.Find("t")!.Partitions[0].Log.StartOffset;
            Assert.InRange(start, 1, 49);
            Assert.Equal(ErrorCode.OffsetOutOfRange, (ErrorCode)(await client.CallAsync(Requests.Fetch("t", 0, start - 1), 12)).Single().ErrorCode);
            FetchResponse.PartitionData data = (await client.CallAsync(Requests.Fetch("t", 0, start), 12)).Single();
            Assert.Equal(start, data.LogStartOffset);
            Assert.Equal(50 - start, Batches.Values(data.Records).Count);
            Assert.Equal(start, Batches.Records(data.Records)[0].Offset);
        },
        new KafkaTestClusterOptions { RetentionBytes = 100_000 });

    private static async Task<int[]> FetchAll(RawClient client, int maxBytes)
    {
        FetchRequest request = Requests.Fetch("t", 0, 0, maxBytes: maxBytes);
        for (int partition = 1; partition < 3; partition++)
        {
            request.Topics[0].Partitions.Add(new FetchRequest.FetchPartition { Partition = partition, PartitionMaxBytes = 1 << 20 });
        }

        FetchResponse response = await client.CallAsync(request, 12);
        return [.. response.Responses[0].Partitions.Select(partition => partition.Records!.Length)];
    }

    /// <summary>A topic with batches of one record each; the test gets a client and the size of a batch.</summary>
    private static void With(string topic, int batches, Func<RawClient, int, Task> test) => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync(topic);
        RawClient client = await broker.ConnectAsync();
        byte[] batch = Batches.Of("v");
        for (int i = 0; i < batches; i++)
        {
            await client.CallAsync(Requests.Produce(topic, 0, batch), 9);
        }

        await test(client, batch.Length);
    });
}
