using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Testing.Tests.Faults;

public sealed class PartitionFaultTests
{
    private const ErrorCode Error = ErrorCode.NotLeaderOrFollower;

    [Fact]
    public void A_produce_request_fails_for_one_partition_and_is_applied_to_the_others() => Simulate(async (broker, id, client) =>
    {
        broker.Cluster.Faults.Fail(ApiKey.Produce, Error, "t", 1);
        long sent = 0;
        foreach (short version in Requests.Versions(3, 13))
        {
            ProduceRequest request = Requests.Produce(version < 13 ? "t" : "", 0, Batches.Of("x"), id: version < 13 ? default : id);
            request.TopicData[0].PartitionData.Add(new ProduceRequest.PartitionProduceData { Index = 1, Records = Batches.Of("y") });
            request.TopicData[0].PartitionData.Add(new ProduceRequest.PartitionProduceData { Index = 2, Records = Batches.Of("z") });
            ProduceResponse response = await client.CallAsync(request, version);
            var topic = Assert.Single(response.Responses);
            Assert.Equal(
                [(0, ErrorCode.None, sent), (1, Error, -1), (2, ErrorCode.None, sent)],
                topic.PartitionResponses.OrderBy(part => part.Index).Select(part => (part.Index, (ErrorCode)part.ErrorCode, part.BaseOffset)));
            sent++;
        }

        Assert.Equal([sent, 0, sent], broker.Model.Topics.Find("t")!.Partitions.Select(partition => partition.Log.EndOffset));
    });

    [Fact]
    public void A_produce_request_of_the_failed_partition_alone_gets_its_error() => Simulate(async (broker, _, client) =>
    {
        broker.Cluster.Faults.Fail(RequestMatch.Of(ApiKey.Produce).Once(), Error, "t", 1);
        Assert.Equal(0, (await client.CallAsync(Requests.Produce("t", 0, Batches.Of("x")), 9)).Single().ErrorCode);
        Assert.Equal(Error, (ErrorCode)(await client.CallAsync(Requests.Produce("t", 1, Batches.Of("x")), 9)).Single().ErrorCode);
        Assert.Equal(0, (await client.CallAsync(Requests.Produce("t", 1, Batches.Of("x")), 9)).Single().ErrorCode);
    });

    [Fact]
    public void A_long_poll_is_answered_at_once_with_the_error_of_one_partition() => Simulate(async (broker, id, client) =>
    {
        broker.Cluster.Faults.Fail(ApiKey.Fetch, Error, "t", 1);
        await client.CallAsync(Requests.Produce("t", 1, Batches.Of("x")), 9);
        TimeSpan start = broker.Now;
        foreach (short version in Requests.Versions(4, 18))
        {
            FetchRequest request = Requests.Fetch(version < 13 ? "t" : "", 0, 0, maxWaitMs: 10_000, id: version < 13 ? default : id);
            request.Topics[0].Partitions.Add(new FetchRequest.FetchPartition { Partition = 1, PartitionMaxBytes = 1 << 20 });
            FetchResponse response = await client.CallAsync(request, version);
            var partitions = Assert.Single(response.Responses).Partitions;
            Assert.Equal(
                [(0, ErrorCode.None, 0), (1, Error, -1)],
                partitions.Select(part => (part.PartitionIndex, (ErrorCode)part.ErrorCode, part.HighWatermark)));
            Assert.Empty(partitions[1].Records!);
        }

        Assert.InRange(broker.Now - start, TimeSpan.Zero, TimeSpan.FromSeconds(2));
    });

    [Fact]
    public void Offsets_are_listed_and_committed_for_all_partitions_but_one() => Simulate(async (broker, _, client) =>
    {
        broker.Cluster.Faults.Fail(ApiKey.ListOffsets, Error, "t", 1);
        broker.Cluster.Faults.Fail(ApiKey.OffsetCommit, ErrorCode.UnknownTopicOrPartition, "t", 1);
        ListOffsetsRequest list = Requests.ListOffsets("t", 0, -1);
        list.Topics[0].Partitions.Add(new ListOffsetsRequest.ListOffsetsPartition { PartitionIndex = 1, Timestamp = -1 });
        ListOffsetsResponse listed = await client.CallAsync(list, 7);
        Assert.Equal([(0, 0, 0), (1, 6, -1)], listed.Topics[0].Partitions.Select(part => (part.PartitionIndex, (int)part.ErrorCode, part.Offset)));

        OffsetCommitRequest commit = new()
        {
            GroupId = "g",
            Topics =
            [
                new()
                {
                    Name = "t",
                    Partitions = [new() { PartitionIndex = 0, CommittedOffset = 5 }, new() { PartitionIndex = 1, CommittedOffset = 6 }],
                },
            ],
        };
        OffsetCommitResponse committed = await client.CallAsync(commit, 8);
        Assert.Equal([(0, 0), (1, 3)], Assert.Single(committed.Topics).Partitions.Select(part => (part.PartitionIndex, (int)part.ErrorCode)));
        OffsetFetchResponse fetched = await client.CallAsync(new OffsetFetchRequest { GroupId = "g", Topics = null }, 7);
        Assert.Equal([(0, 5)], Assert.Single(fetched.Topics).Partitions.Select(part => (part.PartitionIndex, (int)part.CommittedOffset)));
    });

    [Fact]
    public void Metadata_can_lack_the_leader_of_one_partition() => Simulate(async (broker, _, client) =>
    {
        broker.Cluster.Faults.Fail(ApiKey.Metadata, ErrorCode.LeaderNotAvailable, "t", 1);
        MetadataResponse response = await client.CallAsync(Requests.Metadata("t"), 12);
        var partitions = Assert.Single(response.Topics).Partitions.OrderBy(part => part.PartitionIndex).ToList();
        Assert.Equal([0, 5, 0], partitions.Select(part => (int)part.ErrorCode));
        Assert.Equal([1, -1, 1], partitions.Select(part => part.LeaderId));
    });

    [Theory]
    [InlineData(null)]
    [InlineData(ApiKey.Heartbeat)]
    [InlineData(ApiKey.ApiVersions)]
    public void An_api_without_errors_of_partitions_is_refused(ApiKey? key) => Simulate((broker, _, _) =>
    {
        Assert.Throws<ArgumentException>(() => broker.Cluster.Faults.Fail(new RequestMatch { ApiKey = key }, Error, "t", 0));
        return Task.CompletedTask;
    });

    private static void Simulate(Func<TestBroker, Guid, RawClient, Task> test) => TestBroker.Simulate(async broker =>
    {
        Guid id = await broker.CreateTopicAsync("t", 3);
        await test(broker, id, await broker.ConnectAsync());
    });
}
