using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;

namespace HighPerf.Kafka.Testing.Tests.Producing;

/// <summary>When a producer is answered, and what it is told of replicas.</summary>
public sealed class AcksTests
{
    private static readonly byte[] Batch = Batches.Of("v");

    [Theory]
    [InlineData(1, 0)]
    [InlineData(-1, 50)]
    public void Acks_all_waits_for_the_replicas_and_acks_1_does_not(short acks, int milliseconds) => With(async (broker, client, _) =>
    {
        TimeSpan began = broker.Now;
        Assert.Equal((0, 0L), await ProduceAsync(client, acks));
        Assert.InRange(broker.Now - began, TimeSpan.FromMilliseconds(milliseconds), TimeSpan.FromMilliseconds(milliseconds + 20));
    });

    [Fact]
    public void Readers_see_what_all_replicas_in_sync_have() => With(async (broker, client, _) =>
    {
        RawClient consumer = await broker.ConnectAsync();
        await ProduceAsync(client, acks: 1);
        FetchResponse.PartitionData early = (await consumer.CallAsync(Requests.Fetch("t", 0, 0), 12)).Single();
        Assert.Equal((0, 0L, 0), (early.ErrorCode, early.HighWatermark, early.Records!.Length));

        // Between the high watermark and the end of the log there is nothing to read, and nothing wrong.
        early = (await consumer.CallAsync(Requests.Fetch("t", 0, 1), 12)).Single();
        Assert.Equal((0, 0L, 0), (early.ErrorCode, early.HighWatermark, early.Records!.Length));
        Assert.Equal(ErrorCode.OffsetOutOfRange, (ErrorCode)(await consumer.CallAsync(Requests.Fetch("t", 0, 2), 12)).Single().ErrorCode);
        TimeSpan began = broker.Now;
        FetchResponse.PartitionData late = (await consumer.CallAsync(Requests.Fetch("t", 0, 0, maxWaitMs: 10_000), 12)).Single();
        Assert.Equal((1L, Batch.Length), (late.HighWatermark, late.Records!.Length));
        Assert.InRange(broker.Now - began, TimeSpan.Zero, TimeSpan.FromMilliseconds(60));
    });

    [Fact]
    public void A_replica_reads_to_the_end_of_the_log_from_the_leader_only() => With(async (broker, client, partition) =>
    {
        await ProduceAsync(client, acks: 1);
        FetchRequest request = Requests.Fetch("t", 0, 0);
        request.ReplicaId = 2;
        Assert.Equal(Batch.Length, (await client.CallAsync(request, 12)).Single().Records!.Length);
        RawClient follower = await broker.ConnectAsync(2);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, (ErrorCode)(await follower.CallAsync(request, 12)).Single().ErrorCode);
        request.ReplicaId = 9;
        Assert.Equal(ErrorCode.NotLeaderOrFollower, (ErrorCode)(await client.CallAsync(request, 12)).Single().ErrorCode);
        request.Topics[0].Partitions[0].CurrentLeaderEpoch = partition.LeaderEpoch;
        Assert.Equal(ErrorCode.UnknownLeaderEpoch, (ErrorCode)(await client.CallAsync(request, 12)).Single().ErrorCode);
    });

    [Fact]
    public void A_wait_for_replicas_ends_with_the_requests_timeout_and_the_records_stay_P6() => With(async (broker, client, partition) =>
    {
        await broker.Cluster.PauseReplicationAsync("t", 0, 3);
        TimeSpan began = broker.Now;
        Assert.Equal(((int)ErrorCode.RequestTimedOut, 0L), await ProduceAsync(client, acks: -1));
        Assert.InRange(broker.Now - began, TimeSpan.FromMilliseconds(1000), TimeSpan.FromMilliseconds(1050));
        await broker.Cluster.ResumeReplicationAsync("t", 0, 3);
        await broker.WaitAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(1, partition.HighWatermark);
        Assert.Equal((0, 1L), await ProduceAsync(client, acks: -1));
    });

    [Fact]
    public void A_repeated_batch_waits_as_the_first_did() => With(async (broker, client, _) =>
    {
        byte[] batch = Batches.Idempotent(5, 0, 0, "x");
        await client.CallAsync(Requests.Produce("t", 0, batch, acks: 1), 9);
        TimeSpan began = broker.Now;
        ProduceResponse.PartitionProduceResponse again = (await client.CallAsync(Requests.Produce("t", 0, batch), 9)).Single();
        Assert.Equal((0, 0L), (again.ErrorCode, again.BaseOffset));
        Assert.InRange(broker.Now - began, TimeSpan.FromMilliseconds(30), TimeSpan.FromMilliseconds(60));
    });

    [Fact]
    public void Too_few_replicas_in_sync_refuse_acks_all_only() => With(async (broker, client, _) =>
    {
        foreach (int follower in new[] { 2, 3 })
        {
            await broker.Cluster.DropFromInSyncAsync("t", 0, follower);
        }

        Assert.Equal(((int)ErrorCode.NotEnoughReplicas, -1L), await ProduceAsync(client, acks: -1));
        Assert.Equal((0, 0L), await ProduceAsync(client, acks: 1));

        // Before the records are looked at.
        byte[] broken = Batches.Of("x");
        broken[^1] ^= 1;
        Assert.Equal(ErrorCode.NotEnoughReplicas, (ErrorCode)(await client.CallAsync(Requests.Produce("t", 0, broken), 9)).Single().ErrorCode);
    });

    [Theory]
    [InlineData(9)]
    [InlineData(10)]
    public void Who_waits_when_leadership_moves_is_told_where_it_went(short version) => With(async (broker, client, _) =>
    {
        int pending = await client.BeginAsync(Requests.Produce("t", 0, Batch), version);
        await broker.WaitAsync(TimeSpan.FromMilliseconds(10));
        await broker.Cluster.MoveLeaderAsync("t", 0, 2);
        ProduceResponse response = await client.EndAsync<ProduceRequest, ProduceResponse>(pending, version);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, (ErrorCode)response.Single().ErrorCode);
        AssertHint(version >= 10, broker, (response.Single().CurrentLeader.LeaderId, response.Single().CurrentLeader.LeaderEpoch),
            [.. response.NodeEndpoints.Select(node => (node.NodeId, node.Host, node.Port, node.Rack))]);
    });

    [Theory]
    [InlineData(9)]
    [InlineData(10)]
    [InlineData(12)]
    public void A_producer_at_the_wrong_broker_is_told_the_leader(short version) => With(async (broker, client, _) =>
    {
        await broker.Cluster.MoveLeaderAsync("t", 0, 2);
        ProduceResponse response = await client.CallAsync(Requests.Produce("t", 0, Batch), version);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, (ErrorCode)response.Single().ErrorCode);
        AssertHint(version >= 10, broker, (response.Single().CurrentLeader.LeaderId, response.Single().CurrentLeader.LeaderEpoch),
            [.. response.NodeEndpoints.Select(node => (node.NodeId, node.Host, node.Port, node.Rack))]);
    });

    [Fact]
    public void One_partition_that_waits_holds_up_the_answer_of_all() => TestBroker.Simulate(
        async broker =>
        {
            await broker.CreateTopicAsync("t", partitions: 2);
            RawClient client = await broker.ConnectAsync();
            await broker.Cluster.MoveLeaderAsync("t", 1, 1);
            ProduceRequest request = Requests.Produce("t", 0, null);
            request.TopicData[0].PartitionData.Add(new ProduceRequest.PartitionProduceData { Index = 1, Records = Batch });
            TimeSpan began = broker.Now;
            ProduceResponse response = await client.CallAsync(request, 9);
            Assert.Equal([ErrorCode.InvalidRecord, ErrorCode.None], response.Responses[0].PartitionResponses.Select(part => (ErrorCode)part.ErrorCode));
            Assert.InRange(broker.Now - began, TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(70));
        },
        Options());

    private static void AssertHint(bool expected, TestBroker broker, (int, int) leader, (int, string, int, string?)[] endpoints)
    {
        EmbeddedBroker second = broker.Model.FindBroker(2)!;
        Assert.Equal(expected ? (2, 1) : (-1, -1), leader);
        Assert.Equal(expected ? [(2, second.Host, second.Port, "east")] : [], endpoints);
    }

    private static async Task<(int, long)> ProduceAsync(RawClient client, short acks)
    {
        ProduceResponse.PartitionProduceResponse answer = (await client.CallAsync(Requests.Produce("t", 0, Batch, acks), 9)).Single();
        return (answer.ErrorCode, answer.BaseOffset);
    }

    private static KafkaTestClusterOptions Options() => new()
    {
        Brokers = 3,
        DefaultReplicationFactor = 3,
        ReplicationDelay = TimeSpan.FromMilliseconds(50),
        Racks = { [2] = "east" },
        BrokerSettings = { ["min.insync.replicas"] = "2" },
    };

    /// <summary>A partition on three brokers led by the first; the client is connected to that one.</summary>
    private static void With(Func<TestBroker, RawClient, Partition, Task> test) => TestBroker.Simulate(
        async broker =>
        {
            await broker.CreateTopicAsync("t");
            await test(broker, await broker.ConnectAsync(1), broker.Model.Topics.Find("t")!.Partitions[0]);
        },
        Options());
}
