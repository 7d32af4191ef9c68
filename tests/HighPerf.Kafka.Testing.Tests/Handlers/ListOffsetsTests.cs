using HighPerf.Kafka.Protocol.Compression;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Protocol.Records;

namespace HighPerf.Kafka.Testing.Tests.Handlers;

public sealed class ListOffsetsTests
{
    [Fact]
    public void The_ends_of_the_log_are_told_in_every_version() => With(async client =>
    {
        foreach (short version in Requests.Versions(1, 11))
        {
            ListOffsetsResponse.ListOffsetsPartitionResponse latest = (await client.CallAsync(Requests.ListOffsets("t", 0, -1), version)).Single();
            ListOffsetsResponse.ListOffsetsPartitionResponse earliest = (await client.CallAsync(Requests.ListOffsets("t", 0, -2), version)).Single();
            Assert.Equal((0, 6L, -1L, version >= 4 ? 0 : -1), (latest.ErrorCode, latest.Offset, latest.Timestamp, latest.LeaderEpoch));
            Assert.Equal((0, 0L, -1L, version >= 4 ? 0 : -1), (earliest.ErrorCode, earliest.Offset, earliest.Timestamp, earliest.LeaderEpoch));
        }
    });

    [Theory]
    [InlineData(0, 0, 1000)]
    [InlineData(1000, 0, 1000)]
    [InlineData(1001, 1, 1001)]
    [InlineData(1003, 3, 5000)]
    [InlineData(5001, 4, 5001)]
    [InlineData(5003, -1, -1)]
    [InlineData(long.MaxValue, -1, -1)]
    public void A_timestamp_finds_the_first_record_at_or_after_it(long timestamp, long offset, long found) => With(async client =>
    {
        foreach (short version in Requests.Versions(1, 11))
        {
            ListOffsetsResponse.ListOffsetsPartitionResponse answer = (await client.CallAsync(Requests.ListOffsets("t", 0, timestamp), version)).Single();
            Assert.Equal((0, offset, found), (answer.ErrorCode, answer.Offset, answer.Timestamp));
        }
    });

    [Theory]
    [InlineData(-3, 6, ErrorCode.UnsupportedVersion, -1)]
    [InlineData(-3, 7, ErrorCode.None, 5)]
    [InlineData(-4, 7, ErrorCode.UnsupportedVersion, -1)]
    [InlineData(-4, 8, ErrorCode.None, 0)]
    [InlineData(-5, 9, ErrorCode.None, -1)]
    [InlineData(-6, 11, ErrorCode.None, -1)]
    [InlineData(-7, 11, ErrorCode.UnsupportedVersion, -1)]
    [InlineData(long.MinValue, 11, ErrorCode.UnsupportedVersion, -1)]
    public void Named_places_are_known_from_a_version_on(long timestamp, short version, ErrorCode expected, long offset) => With(async client =>
    {
        ListOffsetsResponse.ListOffsetsPartitionResponse answer = (await client.CallAsync(Requests.ListOffsets("t", 0, timestamp), version)).Single();
        Assert.Equal((expected, offset), ((ErrorCode)answer.ErrorCode, answer.Offset));
    });

    [Fact]
    public void An_empty_log_has_no_times() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        RawClient client = await broker.ConnectAsync();
        foreach (long timestamp in new long[] { 0, 1000, -3 })
        {
            ListOffsetsResponse.ListOffsetsPartitionResponse answer = (await client.CallAsync(Requests.ListOffsets("t", 0, timestamp), 7)).Single();
            Assert.Equal((0, -1L, -1L), (answer.ErrorCode, answer.Offset, answer.Timestamp));
        }
    });

    [Theory]
    [InlineData("nobody", 0, -1, ErrorCode.UnknownTopicOrPartition)]
    [InlineData("t", 9, -1, ErrorCode.UnknownTopicOrPartition)]
    [InlineData("t", -1, -1, ErrorCode.UnknownTopicOrPartition)]
    [InlineData("t", 0, 5, ErrorCode.UnknownLeaderEpoch)]
    public void What_is_not_there_is_refused(string topic, int partition, int epoch, ErrorCode expected) => With(async client =>
    {
        ListOffsetsRequest request = Requests.ListOffsets(topic, partition, -1);
        request.Topics[0].Partitions[0].CurrentLeaderEpoch = epoch;
        Assert.Equal(expected, (ErrorCode)(await client.CallAsync(request, 5)).Single().ErrorCode);
    });

    [Fact]
    public void A_partition_twice_in_a_request_is_refused_twice_wherever_it_stands() => With(async client =>
    {
        ListOffsetsRequest request = Requests.ListOffsets("t", 0, -1);
        request.Topics.AddRange(Requests.ListOffsets("nobody", 0, -1).Topics);
        request.Topics.AddRange(Requests.ListOffsets("t", 0, -2).Topics);
        ListOffsetsResponse response = await client.CallAsync(request, 7);
        Assert.Equal(
            [("t", ErrorCode.InvalidRequest), ("nobody", ErrorCode.UnknownTopicOrPartition), ("t", ErrorCode.InvalidRequest)],
            response.Topics.Select(topic => (topic.Name, (ErrorCode)Assert.Single(topic.Partitions).ErrorCode)));
    });

    [Theory]
    [InlineData("nobody", -7, -1, ErrorCode.UnsupportedVersion)]
    [InlineData("nobody", -1, 9, ErrorCode.UnknownTopicOrPartition)]
    [InlineData("t", -7, 9, ErrorCode.UnsupportedVersion)]
    public void A_place_that_is_not_known_is_told_before_all_else(string topic, long timestamp, int epoch, ErrorCode expected) => With(async client =>
    {
        ListOffsetsRequest request = Requests.ListOffsets(topic, 0, timestamp);
        request.Topics[0].Partitions[0].CurrentLeaderEpoch = epoch;
        Assert.Equal(expected, (ErrorCode)(await client.CallAsync(request, 11)).Single().ErrorCode);
    });

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Both_isolation_levels_end_at_the_same_place_while_there_are_no_transactions(sbyte level) => With(async client =>
    {
        ListOffsetsRequest request = Requests.ListOffsets("t", 0, -1);
        request.IsolationLevel = level;
        Assert.Equal(6, (await client.CallAsync(request, 2)).Single().Offset);
        request.Topics[0].Partitions[0].Timestamp = 5001;
        Assert.Equal(4, (await client.CallAsync(request, 2)).Single().Offset);
    });

    [Fact]
    public void A_new_leader_does_not_tell_an_end_that_it_does_not_know_KIP_207() => TestBroker.Simulate(
        async broker =>
        {
            await broker.CreateTopicAsync("t");
            await broker.Cluster.PauseReplicationAsync("t", 0, 3);
            RawClient client = await broker.ConnectAsync();
            await client.CallAsync(Requests.Produce("t", 0, Batches.Of(["a", "b", "c"], 1000), acks: 1), 9);

            // Not all replicas have the records: a consumer does not see them, whoever debugs does.
            Assert.Equal((ErrorCode.None, 0), await Find(client, -1, -1, 11));
            Assert.Equal((ErrorCode.None, -1), await Find(client, -1, 1001, 11));
            Assert.Equal((ErrorCode.None, 3), await Find(client, -2, -1, 11));
            Assert.Equal((ErrorCode.None, 1), await Find(client, -2, 1001, 11));

            await broker.Cluster.MoveLeaderAsync("t", 0, 2);
            RawClient leader = await broker.ConnectAsync(2);
            foreach (short version in Requests.Versions(1, 11))
            {
                ErrorCode expected = version >= 5 ? ErrorCode.OffsetNotAvailable : ErrorCode.LeaderNotAvailable;
                Assert.Equal((expected, -1), await Find(leader, -1, -1, version));
                Assert.Equal((expected, -1), await Find(leader, -1, 1001, version));
                Assert.Equal((ErrorCode.None, 0), await Find(leader, -1, -2, version));
                Assert.Equal((ErrorCode.None, 3), await Find(leader, -2, -1, version));
            }

            Assert.Equal((ErrorCode.NotLeaderOrFollower, -1), await Find(client, -1, -1, 11));
            Assert.Equal((ErrorCode.None, 3), await Find(client, -2, -1, 11));
            await broker.Cluster.ResumeReplicationAsync("t", 0, 3);
            Assert.Equal((ErrorCode.None, 3), await Find(leader, -1, -1, 11));
            Assert.Equal((ErrorCode.None, 1), await Find(leader, -1, 1001, 11));
        },
        new KafkaTestClusterOptions { Brokers = 3, DefaultReplicationFactor = 3 });

    [Fact]
    public void What_lies_before_the_start_of_the_log_is_not_found() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        RawClient client = await broker.ConnectAsync();
        await client.CallAsync(Requests.Produce("t", 0, Batches.Of(["a", "b", "c"], 9000)), 9);
        await client.CallAsync(Requests.Produce("t", 0, Batches.Of(["d", "e", "f"], 1000)), 9);
        broker.Model.Topics.Find("t")!.Partitions[0].DeleteRecords(1);
        Assert.Equal((ErrorCode.None, 1), await Find(client, -1, -2, 11));
        Assert.Equal((ErrorCode.None, 1), await Find(client, -1, 0, 11));
        broker.Model.Topics.Find("t")!.Partitions[0].DeleteRecords(4);
        Assert.Equal((ErrorCode.None, 4), await Find(client, -1, 0, 11));
        Assert.Equal((ErrorCode.None, -1), await Find(client, -1, 9000, 11));
        Assert.Equal((ErrorCode.None, 2), await Find(client, -1, -3, 11));
    });

    private static async Task<(ErrorCode Error, long Offset)> Find(RawClient client, int replicaId, long timestamp, short version)
    {
        ListOffsetsRequest request = Requests.ListOffsets("t", 0, timestamp);
        request.ReplicaId = replicaId;
        ListOffsetsResponse.ListOffsetsPartitionResponse answer = (await client.CallAsync(request, version)).Single();
        return ((ErrorCode)answer.ErrorCode, answer.Offset);
    }

    [Fact]
    public void A_batch_that_cannot_be_read_is_an_error_of_its_partition() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        RawClient client = await broker.ConnectAsync();
        byte[] batch = Batches.OfGarbage(CompressionType.Gzip);

        // No producer can bring such a batch, so it is laid there.
        broker.Model.Topics.Find("t")!.Partitions[0].Append(batch, RecordBatchHeader.Read(batch), 0, out _, out _);
        ListOffsetsResponse.ListOffsetsPartitionResponse answer = (await client.CallAsync(Requests.ListOffsets("t", 0, 0), 7)).Single();
        Assert.Equal(ErrorCode.UnknownServerError, (ErrorCode)answer.ErrorCode);
    });

    /// <summary>Offsets 0 to 2 at 1000 to 1002, 3 to 5 at 5000 to 5002, the second batch compressed.</summary>
    private static void With(Func<RawClient, Task> test) => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        RawClient client = await broker.ConnectAsync();
        await client.CallAsync(Requests.Produce("t", 0, Batches.Of(["a", "b", "c"], 1000)), 9);
        await client.CallAsync(Requests.Produce("t", 0, Batches.Of(["d", "e", "f"], 5000, new CompressionCodecs().Lz4)), 9);
        await test(client);
    });
}
