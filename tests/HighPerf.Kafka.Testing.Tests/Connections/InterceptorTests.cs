using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Connections;

namespace HighPerf.Kafka.Testing.Tests.Connections;

public sealed class InterceptorTests
{
    [Fact]
    public void Every_request_is_seen_in_order()
    {
        RecordingInterceptor interceptor = new();
        Run(interceptor, async broker =>
        {
            RawClient first = await broker.ConnectAsync();
            RawClient second = await broker.ConnectAsync();
            await first.CallAsync(Requests.Metadata("t"), 9);
            await second.CallAsync(Requests.Produce("t", 0, Batches.Of("x")), 7);
            await first.CallAsync(Requests.Fetch("t", 0, 0), 12);
        });
        Assert.Equal(
            [(1, ApiKey.Metadata, 9, "raw"), (2, ApiKey.Produce, 7, "raw"), (1, ApiKey.Fetch, 12, "raw")],
            interceptor.Seen);
    }

    [Fact]
    public void A_request_can_be_looked_into()
    {
        string? seen = null;
        Run(
            new RecordingInterceptor(request => seen = request.Decode<MetadataRequest>().Topics![0].Name),
            async broker => await (await broker.ConnectAsync()).CallAsync(Requests.Metadata("look"), 9));
        Assert.Equal("look", seen);
    }

    [Fact]
    public void A_held_request_waits_until_it_is_released_and_holds_up_its_connection()
    {
        RecordingInterceptor interceptor = new(request =>
        {
            if (request.ApiKey == ApiKey.Produce)
            {
                request.Hold();
            }
        });
        Run(interceptor, async broker =>
        {
            RawClient client = await broker.ConnectAsync();
            RawClient other = await broker.ConnectAsync();
            await client.CallAsync(Requests.Metadata("t"), 9);
            int produce = await client.BeginAsync(Requests.Produce("t", 0, Batches.Of("held")), 9);
            int metadata = await client.BeginAsync(Requests.Metadata("t"), 9);
            await broker.WaitAsync(TimeSpan.FromSeconds(10));
            Assert.Equal(0, (await other.CallAsync(Requests.Fetch("t", 0, 0), 12)).Single().HighWatermark);
            Assert.Equal(1, interceptor.Seen.Count(seen => seen.ApiKey == ApiKey.Metadata));

            Assert.Single(interceptor.Held).Release();
            Assert.Equal(0, (await client.EndAsync<ProduceRequest, ProduceResponse>(produce, 9)).Single().ErrorCode);
            await client.EndAsync<MetadataRequest, MetadataResponse>(metadata, 9);
            Assert.Equal(1, (await other.CallAsync(Requests.Fetch("t", 0, 0), 12)).Single().HighWatermark);
        });
    }

    [Fact]
    public void A_held_request_of_a_connection_that_is_gone_is_forgotten()
    {
        RecordingInterceptor interceptor = new(request => request.Hold());
        Run(interceptor, async broker =>
        {
            RawClient client = await broker.ConnectAsync();
            await client.BeginAsync(Requests.Metadata("t"), 9);
            await broker.WaitAsync(TimeSpan.FromSeconds(1));
            await client.CloseAsync();
            await broker.WaitAsync(TimeSpan.FromSeconds(1));
            Assert.Single(interceptor.Held).Release();
            await broker.WaitAsync(TimeSpan.FromSeconds(1));
            Assert.Equal(0, broker.Broker.ConnectionCount);
            Assert.Null(broker.Model.Topics.Find("t"));
        });
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 1)]
    public void An_answer_can_be_lost_before_or_after_the_request_is_applied(bool apply, long applied) => Run(
        new RecordingInterceptor(request => request.Verdict = apply ? RequestVerdict.ApplyAndClose : RequestVerdict.Close),
        async broker =>
        {
            await broker.CreateTopicAsync("t");
            RawClient client = await broker.ConnectAsync();
            await client.BeginAsync(Requests.Produce("t", 0, Batches.Of("x")), 9);
            await client.Closed;
            await Assert.ThrowsAsync<EndOfStreamException>(client.ReceiveFrameAsync);
            Assert.Equal(applied, broker.Model.Topics.Find("t")!.Partitions[0].Log.EndOffset);
        });

    [Fact]
    public void A_stalled_connection_stays_open_and_silent() => Run(
        new RecordingInterceptor(request => request.Verdict = RequestVerdict.ApplyAndStall),
        async broker =>
        {
            RawClient client = await broker.ConnectAsync();
            await client.BeginAsync(Requests.Metadata("t"), 9);
            await client.BeginAsync(Requests.Metadata("u"), 9);
            Task<byte[]> answer = client.ReceiveFrameAsync();
            await broker.WaitAsync(TimeSpan.FromMinutes(1));
            Assert.False(answer.IsCompleted);
            Assert.Equal(1, broker.Broker.ConnectionCount);
            Assert.NotNull(broker.Model.Topics.Find("t"));
            Assert.Null(broker.Model.Topics.Find("u"));
            await client.CloseAsync();
            await Assert.ThrowsAsync<EndOfStreamException>(() => answer);
        });

    [Fact]
    public void Every_request_can_be_failed_in_every_version() => Run(
        new RecordingInterceptor(request => request.FailWith(ErrorCode.ClusterAuthorizationFailed)),
        async broker =>
        {
            RawClient client = await broker.ConnectAsync();
            await broker.CreateTopicAsync("t");
            await EachAsync(client, 3, 13, v => Requests.Produce(v < 13 ? "t" : "", 0, Batches.Of("x")), (ProduceResponse r) => r.Single().ErrorCode);
            await EachAsync(
                client, 4, 18, v => Requests.Fetch(v < 13 ? "t" : "", 0, 0), (FetchResponse r) => r.Responses.Count == 0 ? r.ErrorCode : r.Single().ErrorCode);
            await EachAsync(client, 1, 11, _ => Requests.ListOffsets("t", 0, -1), (ListOffsetsResponse r) => r.Single().ErrorCode);
            await EachAsync(client, 0, 13, _ => Requests.Metadata("t"), (MetadataResponse r) => r.Topics[0].ErrorCode);
            await EachAsync(client, 0, 3, _ => new FindCoordinatorRequest { Key = "g" }, (FindCoordinatorResponse r) => r.ErrorCode);
            await EachAsync(
                client, 4, 6, _ => new FindCoordinatorRequest { CoordinatorKeys = ["g"] }, (FindCoordinatorResponse r) => r.Coordinators[0].ErrorCode);
            await EachAsync(client, 0, 5, _ => new ApiVersionsRequest(), (ApiVersionsResponse r) => r.ErrorCode);
            await EachAsync(client, 2, 7, _ => new CreateTopicsRequest { Topics = [new() { Name = "u" }] }, (CreateTopicsResponse r) => r.Topics[0].ErrorCode);
            await EachAsync(client, 1, 5, _ => new DeleteTopicsRequest { TopicNames = ["t"] }, (DeleteTopicsResponse r) => r.Responses[0].ErrorCode);
            await EachAsync(
                client, 6, 6, _ => new DeleteTopicsRequest { Topics = [new() { Name = "t" }] }, (DeleteTopicsResponse r) => r.Responses[0].ErrorCode);
            await EachAsync(client, 0, 5, _ => new InitProducerIdRequest { TransactionalId = null }, (InitProducerIdResponse r) => r.ErrorCode);
            await EachAsync(client, 0, 2, _ => new DescribeClusterRequest(), (DescribeClusterResponse r) => r.ErrorCode);
            await EachAsync(client, 2, 10, _ => Commit(), (OffsetCommitResponse r) => r.Topics[0].Partitions[0].ErrorCode);
            await EachAsync(client, 2, 7, _ => new OffsetFetchRequest { GroupId = "g", Topics = [] }, (OffsetFetchResponse r) => r.ErrorCode);
            await EachAsync(
                client, 8, 10, _ => new OffsetFetchRequest { Groups = [new() { GroupId = "g" }] }, (OffsetFetchResponse r) => r.Groups[0].ErrorCode);
            Assert.Equal("t", Assert.Single(broker.Model.Topics.All).Name);
            Assert.DoesNotContain(broker.Log, line => line.Contains("closed"));
        });

    private static OffsetCommitRequest Commit() => new()
    {
        GroupId = "g",
        Topics = [new() { Partitions = [new() { PartitionIndex = 0, CommittedOffset = 1 }] }],
    };

    private static async Task EachAsync<TRequest, TResponse>(
        RawClient client, short from, short to, Func<short, TRequest> request, Func<TResponse, short> error)
        where TRequest : class, IKafkaRequest<TRequest, TResponse>
        where TResponse : class, IKafkaMessage<TResponse>
    {
        foreach (short version in Requests.Versions(from, to))
        {
            TResponse response = await client.CallAsync(request(version), version);
            Assert.Equal(ErrorCode.ClusterAuthorizationFailed, (ErrorCode)error(response));
        }
    }

    private static void Run(IRequestInterceptor interceptor, Func<TestBroker, Task> test) => TestBroker.Simulate(test, interceptor: interceptor);
}
