using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Testing.Tests.Handlers;

public sealed class DeleteRecordsTests
{
    [Fact]
    public void The_log_begins_later_also_within_a_batch() => Simulate(async (broker, client) =>
    {
        await client.CallAsync(Requests.Produce("t", 0, Batches.Of("a", "b", "c", "d")), 9);
        foreach (short version in Requests.Versions(0, 2))
        {
            Assert.Equal((ErrorCode.None, 1L + version), await DeleteAsync(client, 1 + version, version));
        }

        Assert.Equal((ErrorCode.None, 3L), await DeleteAsync(client, 2));
        Assert.Equal(ErrorCode.OffsetOutOfRange, (ErrorCode)(await client.CallAsync(Requests.Fetch("t", 0, 2), 12)).Single().ErrorCode);
        FetchResponse.PartitionData data = (await client.CallAsync(Requests.Fetch("t", 0, 3), 12)).Single();
        Assert.Equal((3L, 4), (data.LogStartOffset, Batches.Values(data.Records).Count));
        Assert.Equal(3, (await client.CallAsync(Requests.ListOffsets("t", 0, -2), 7)).Single().Offset);
        Assert.Equal((ErrorCode.None, 4L), await DeleteAsync(client, -1));
        Assert.Equal(0, broker.Model.Topics.Find("t")!.Partitions[0].Log.SizeInBytes);
        ProduceResponse.PartitionProduceResponse next = (await client.CallAsync(Requests.Produce("t", 0, Batches.Of("e")), 9)).Single();
        Assert.Equal((4L, 4L), (next.BaseOffset, next.LogStartOffset));
    });

    [Fact]
    public void Only_what_is_on_all_replicas_can_be_deleted() => Simulate(async (broker, client) =>
    {
        await client.CallAsync(Requests.Produce("t", 0, Batches.Of("a", "b")), 9);
        await broker.Cluster.PauseReplicationAsync("t", 0, 2);
        await client.CallAsync(Requests.Produce("t", 0, Batches.Of("c"), acks: 1), 9);
        Assert.Equal((ErrorCode.OffsetOutOfRange, -1L), await DeleteAsync(client, 3));
        Assert.Equal((ErrorCode.OffsetOutOfRange, -1L), await DeleteAsync(client, -2));
        Assert.Equal((ErrorCode.None, 2L), await DeleteAsync(client, -1));
        Assert.Equal((ErrorCode.UnknownTopicOrPartition, -1L), await DeleteAsync(client, 1, partition: 3));
        await broker.Cluster.ResumeReplicationAsync("t", 0, 2);
        await broker.Cluster.MoveLeaderAsync("t", 0, 2);
        Assert.Equal((ErrorCode.NotLeaderOrFollower, -1L), await DeleteAsync(client, 1));
    });

    [Fact]
    public void A_topic_that_is_only_compacted_keeps_its_records() => Simulate(
        async (_, client) =>
        {
            await client.CallAsync(Requests.Produce("t", 0, Batches.Of("a")), 9);
            Assert.Equal((ErrorCode.PolicyViolation, -1L), await DeleteAsync(client, 0));
        },
        "compact");

    private static void Simulate(Func<TestBroker, RawClient, Task> test, string policy = "delete")
    {
        KafkaTestClusterOptions options = new() { Brokers = 2, DefaultReplicationFactor = 2 };
        options.BrokerSettings["log.cleanup.policy"] = policy;
        TestBroker.Simulate(
            async broker =>
            {
                await broker.CreateTopicAsync("t");
                await test(broker, await broker.ConnectAsync());
            },
            options);
    }

    private static async Task<(ErrorCode Error, long LowWatermark)> DeleteAsync(RawClient client, long offset, short version = 2, int partition = 0)
    {
        DeleteRecordsRequest request = new()
        {
            Topics =
            [
                new DeleteRecordsRequest.DeleteRecordsTopic
                {
                    Name = "t",
                    Partitions = [new DeleteRecordsRequest.DeleteRecordsPartition { PartitionIndex = partition, Offset = offset }],
                },
            ],
        };
        DeleteRecordsResponse.DeleteRecordsPartitionResult result = Assert.Single(
            Assert.Single((await client.CallAsync(request, version)).Topics).Partitions);
        return ((ErrorCode)result.ErrorCode, result.LowWatermark);
    }
}
