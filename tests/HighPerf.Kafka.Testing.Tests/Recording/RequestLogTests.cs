using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Testing.Tests.Recording;

public sealed class RequestLogTests
{
    [Fact]
    public void The_sequence_that_the_brokers_saw_is_there_with_its_answers() => TestBroker.Simulate(async broker =>
    {
        Guid id = await broker.CreateTopicAsync("t", 2);
        RawClient first = await broker.ConnectAsync();
        RawClient second = await broker.ConnectAsync();
        await first.CallAsync(new ApiVersionsRequest { ClientSoftwareName = "test", ClientSoftwareVersion = "1" }, 3);
        await second.CallAsync(Requests.Produce("", 1, Batches.Of("x"), id: id), 13);
        await first.CallAsync(Requests.Produce("t", 5, Batches.Of("x")), 9);
        await first.BeginAsync(Requests.Produce("t", 0, Batches.Of("x"), acks: 0), 9);
        await first.CallAsync(Requests.Metadata("t"), 9);

        RecordedRequest[] seen = broker.Cluster.Requests.Snapshot();
        Assert.Equal([1, 2, 3, 4, 5], seen.Select(request => request.Number));
        Assert.Equal(
            [
                "1 ApiVersions v3 Answered None", "2 Produce v13 Answered None", "1 Produce v9 Answered UnknownTopicOrPartition",
                "1 Produce v9 Unanswered None", "1 Metadata v9 Answered None",
            ],
            seen.Select(request => $"{request.Connection} {request.ApiKey} v{request.Version} {request.Outcome} {request.Error}"));
        Assert.All(seen, request => Assert.Equal((1, Frames.ClientId), (request.Broker, request.ClientId)));
        Assert.Equal([1, 1, 2, 3, 4], seen.Select(request => request.CorrelationId));
        Assert.Equal([new RecordedPartition("t", 1, ErrorCode.None)], seen[1].Partitions);
        Assert.Equal([new RecordedPartition("t", 5, ErrorCode.UnknownTopicOrPartition)], seen[2].AnsweredPartitions);
        Assert.Equal(["t"], seen[4].Topics);
        Assert.Equal(5, seen[2].Decode<ProduceRequest>().TopicData[0].PartitionData[0].Index);
        Assert.Equal(3, seen[2].DecodeResponse<ProduceResponse>().Single().ErrorCode);
        Assert.Contains("\"clientSoftwareName\":\"test\"", seen[0].RequestJson);
        Assert.Contains("\"errorCode\":3", seen[2].ResponseJson);
        Assert.Null(seen[3].ResponseJson);
        Assert.True(seen[3].ResponseBody.IsEmpty);
        Assert.Matches(@"^\d\d:\d\d:\d\d\.\d{3} #1 raw > 1 Produce v9 t-5 \d+B < \d+B \d+(\.\d+)?ms t-5=UnknownTopicOrPartition$", seen[2].ToString());
        Assert.Single(broker.Cluster.Requests.Snapshot(ApiKey.Metadata));
    });

    [Theory]
    [InlineData(5)]
    [InlineData(99)]
    public void A_question_in_a_version_that_the_broker_does_not_know_is_recorded_with_its_answer(short version) => TestBroker.Simulate(
        async broker =>
        {
            RawClient client = await broker.ConnectAsync();
            await client.SendAsync(Frames.Request((short)ApiKey.ApiVersions, version, 7, true, [0]));
            await client.ReceiveFrameAsync();
            RecordedRequest record = Assert.Single(broker.Cluster.Requests.Snapshot());
            Assert.Equal(ErrorCode.UnsupportedVersion, record.Error);
            Assert.Equal((short)ErrorCode.UnsupportedVersion, record.DecodeResponse<ApiVersionsResponse>().ErrorCode);
        },
        new KafkaTestClusterOptions().AsKafka("3.9"));

    [Fact]
    public void A_long_poll_is_recorded_with_its_bytes_when_it_ends() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        RawClient consumer = await broker.ConnectAsync();
        RawClient producer = await broker.ConnectAsync();
        int fetch = await consumer.BeginAsync(Requests.Fetch("t", 0, 0, maxWaitMs: 10_000), 12);
        RecordedRequest record = await broker.Cluster.Requests.WaitForAsync(request => request.ApiKey == ApiKey.Fetch);
        Assert.Equal(RequestOutcome.Pending, record.Outcome);
        Assert.Null(record.EndTime);
        Task<RecordedRequest> answered = broker.Cluster.Requests.WaitForAsync(request => request is { ApiKey: ApiKey.Fetch, Outcome: RequestOutcome.Answered });
        await broker.WaitAsync(TimeSpan.FromSeconds(2));
        Assert.False(answered.IsCompleted);
        await producer.CallAsync(Requests.Produce("t", 0, Batches.Of("x", "y")), 9);
        FetchResponse response = await consumer.EndAsync<FetchRequest, FetchResponse>(fetch, 12);
        Assert.Same(record, await answered);
        Assert.Equal(Batches.Values(response.Single().Records), Batches.Values(record.DecodeResponse<FetchResponse>().Single().Records));
        Assert.InRange(record.EndTime!.Value - record.Time, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(3));
    });

    [Fact]
    public void What_became_of_a_request_that_was_not_answered_is_said() => TestBroker.Simulate(async broker =>
    {
        broker.Cluster.Faults.LoseAnswer(new RequestMatch { ApiKey = ApiKey.Metadata, Connection = 1 });
        broker.Cluster.Faults.HalfOpen(new RequestMatch { ApiKey = ApiKey.Metadata, Connection = 2 });
        broker.Cluster.Faults.Close(new RequestMatch { ApiKey = ApiKey.Metadata, Connection = 3 });
        for (int i = 0; i < 3; i++)
        {
            await (await broker.ConnectAsync()).BeginAsync(Requests.Metadata(), 9);
            await broker.WaitAsync(TimeSpan.FromSeconds(1));
        }

        RawClient malformed = await broker.ConnectAsync();
        await malformed.SendAsync(Frames.Request((short)ApiKey.Metadata, 1, 1, false, [0, 0, 0, 1]));
        await malformed.Closed;
        RecordedRequest[] seen = broker.Cluster.Requests.Snapshot();
        Assert.Equal(
            [RequestOutcome.Lost, RequestOutcome.Dropped, RequestOutcome.Closed, RequestOutcome.Closed], seen.Select(request => request.Outcome));
        Assert.Contains("a fault closed it", seen[2].Reason);
        Assert.Contains("malformed Metadata version 1", seen[3].Reason);
        Assert.Null(seen[3].RequestJson);
    });

    [Fact]
    public void Waiting_ends_with_the_time_or_with_what_a_predicate_throws() => TestBroker.Simulate(async broker =>
    {
        RequestLog log = broker.Cluster.Requests;
        TimeSpan start = broker.Now;
        await Assert.ThrowsAsync<TimeoutException>(() => log.WaitForAsync(_ => true, TimeSpan.FromSeconds(7)));
        Assert.Equal(TimeSpan.FromSeconds(7), broker.Now - start);
        await (await broker.ConnectAsync()).CallAsync(Requests.Metadata(), 9);
        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => log.WaitForAsync(_ => throw new InvalidTimeZoneException()));
    });

    [Fact]
    public void The_oldest_are_forgotten_when_there_are_too_many_bytes() => TestBroker.Simulate(
        async broker =>
        {
            await broker.CreateTopicAsync("t");
            RawClient client = await broker.ConnectAsync();
            for (int i = 0; i < 100; i++)
            {
                await client.CallAsync(Requests.Produce("t", 0, Batches.OfSize(10_000)), 9);
            }

            RequestLog log = broker.Cluster.Requests;
            RecordedRequest[] kept = log.Snapshot();
            Assert.InRange(kept.Sum(request => request.RequestBody.Length), 50_000, 100_000);
            Assert.Equal(100, log.Dropped + kept.Length);
            Assert.Equal(100, kept[^1].Number);
            Assert.Equal(RequestOutcome.Answered, kept[^1].Outcome);

            // One that is too large by itself is not kept, and its answer does no harm.
            await client.CallAsync(Requests.Produce("t", 0, Batches.OfSize(200_000)), 9);
            Assert.Empty(log.Snapshot());
            await client.CallAsync(Requests.Metadata(), 9);
            Assert.Single(log.Snapshot());
            log.Clear();
            Assert.Empty(log.Snapshot());
        },
        new KafkaTestClusterOptions { RecordedBytes = 100_000 });

    [Fact]
    public void What_is_not_recorded_is_still_told() => TestBroker.Simulate(
        async broker =>
        {
            await (await broker.ConnectAsync()).CallAsync(Requests.Metadata(), 9);
            Assert.Empty(broker.Cluster.Requests.Snapshot());
            await Assert.ThrowsAsync<InvalidOperationException>(() => broker.Cluster.Requests.WaitForAsync(_ => true));
        },
        new KafkaTestClusterOptions { RecordRequests = false });

    [Fact]
    public void Who_looks_on_is_told_of_each_request_once()
    {
        List<string> told = [];
        KafkaTestClusterOptions options = new()
        {
            RecordRequests = false,
            OnRequest = request =>
            {
                told.Add($"{request.ApiKey} {request.Outcome}");
                throw new InvalidOperationException();
            },
        };
        TestBroker.Simulate(
            async broker =>
            {
                broker.Cluster.Faults.SilenceAnswer(ApiKey.Metadata);
                RawClient client = await broker.ConnectAsync();
                await client.CallAsync(new DescribeClusterRequest(), 0);
                await client.BeginAsync(Requests.Metadata(), 9);
                await broker.WaitAsync(TimeSpan.FromSeconds(1));
                await client.CloseAsync();
                await broker.WaitAsync(TimeSpan.FromSeconds(1));
                Assert.Empty(broker.Cluster.Requests.Snapshot());
            },
            options);
        Assert.Equal(["DescribeCluster Answered", "Metadata Lost"], told);
    }
}
