using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Testing.Tests.Faults;

public sealed class FaultPlanTests
{
    [Fact]
    public void Held_requests_are_released_in_any_order() => Simulate(async broker =>
    {
        RawClient first = await broker.ConnectAsync();
        RawClient second = await broker.ConnectAsync();
        HeldRequests held = broker.Cluster.Faults.Hold(ApiKey.Produce);
        int early = await first.BeginAsync(Requests.Produce("t", 0, Batches.Of("early")), 9);
        await held.WaitForHeldAsync();
        int late = await second.BeginAsync(Requests.Produce("t", 0, Batches.Of("late")), 9);
        await held.WaitForHeldAsync(2);
        Assert.Equal(["#1", "#2"], held.Requests.Select(request => $"#{request.Connection}"));
        Assert.All(held.Requests, request => Assert.Equal(RequestOutcome.Held, request.Outcome));

        Assert.True(await held.ReleaseAsync(1));
        Assert.Equal(0, (await second.EndAsync<ProduceRequest, ProduceResponse>(late, 9)).Single().BaseOffset);
        Assert.Equal(1, held.Count);
        await held.ReleaseAllAsync();
        Assert.Equal(1, (await first.EndAsync<ProduceRequest, ProduceResponse>(early, 9)).Single().BaseOffset);
        Assert.False(await held.ReleaseAsync());
        Assert.Equal(2, held.Hits);
    });

    [Fact]
    public void A_rule_that_is_removed_holds_no_further_request_but_those_it_has() => Simulate(async broker =>
    {
        RawClient client = await broker.ConnectAsync();
        RawClient other = await broker.ConnectAsync();
        HeldRequests held = broker.Cluster.Faults.Hold(ApiKey.Metadata);
        int waiting = await client.BeginAsync(Requests.Metadata(), 9);
        await held.WaitForHeldAsync();
        held.Remove();
        await other.CallAsync(Requests.Metadata(), 9);
        Assert.Equal(1, held.Count);
        await held.ReleaseAsync();
        await client.EndAsync<MetadataRequest, MetadataResponse>(waiting, 9);
    });

    [Fact]
    public void A_held_request_whose_client_goes_away_is_not_held_any_more() => Simulate(async broker =>
    {
        RawClient client = await broker.ConnectAsync();
        HeldRequests held = broker.Cluster.Faults.Hold(ApiKey.Produce);
        await client.BeginAsync(Requests.Produce("t", 0, Batches.Of("x")), 9);
        await held.WaitForHeldAsync();
        await client.CloseAsync();
        RecordedRequest gone = await broker.Cluster.Requests.WaitForAsync(request => request.Outcome == RequestOutcome.Closed);
        Assert.Equal(ApiKey.Produce, gone.ApiKey);
        Assert.Equal(0, held.Count);
        Assert.False(await held.ReleaseAsync());
        Assert.Equal(0, EndOffset(broker));
    });

    [Fact]
    public void An_answer_is_held_after_its_request_is_applied() => Simulate(async broker =>
    {
        RawClient client = await broker.ConnectAsync();
        HeldRequests held = broker.Cluster.Faults.HoldAnswers(ApiKey.Produce);
        int produce = await client.BeginAsync(Requests.Produce("t", 0, Batches.Of("x")), 9);
        int behind = await client.BeginAsync(Requests.Metadata(), 9);
        await held.WaitForHeldAsync();
        Assert.Equal(1, EndOffset(broker));
        Assert.Empty(broker.Cluster.Requests.Snapshot(ApiKey.Metadata));
        await held.ReleaseAsync();
        Assert.Equal(0, (await client.EndAsync<ProduceRequest, ProduceResponse>(produce, 9)).Single().ErrorCode);
        await client.EndAsync<MetadataRequest, MetadataResponse>(behind, 9);
    });

    [Fact]
    public void A_request_is_overtaken_by_one_of_another_connection() => Simulate(async broker =>
    {
        RawClient slow = await broker.ConnectAsync();
        RawClient fast = await broker.ConnectAsync();
        RequestMatch one = new() { ApiKey = ApiKey.Produce, Connection = 1 };
        broker.Cluster.Faults.Reorder(one, ApiKey.Produce);
        int first = await slow.BeginAsync(Requests.Produce("t", 0, Batches.Of("first sent")), 9);
        await broker.WaitAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(0, (await fast.CallAsync(Requests.Produce("t", 0, Batches.Of("second sent")), 9)).Single().BaseOffset);
        Assert.Equal(1, (await slow.EndAsync<ProduceRequest, ProduceResponse>(first, 9)).Single().BaseOffset);
    });

    [Fact]
    public void A_predicate_that_throws_when_another_request_is_answered_harms_nobody() => Simulate(async broker =>
    {
        RawClient slow = await broker.ConnectAsync();
        RawClient fast = await broker.ConnectAsync();
        RequestMatch one = new() { ApiKey = ApiKey.Metadata, Connection = 1 };
        RequestMatch thrower = new() { ApiKey = ApiKey.Produce, Where = _ => throw new InvalidOperationException("by mistake") };
        HeldRequests held = broker.Cluster.Faults.Reorder(one, thrower);
        int first = await slow.BeginAsync(Requests.Metadata(), 9);
        await broker.WaitAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(0, (await fast.CallAsync(Requests.Produce("t", 0, Batches.Of("a")), 9)).Single().ErrorCode);
        Assert.Equal(1, (await fast.CallAsync(Requests.Produce("t", 0, Batches.Of("b")), 9)).Single().BaseOffset);
        Assert.Contains(broker.Log, line => line.Contains("predicate threw for Produce: by mistake", StringComparison.Ordinal));
        await held.ReleaseAsync();
        await slow.EndAsync<MetadataRequest, MetadataResponse>(first, 9);
    });

    [Fact]
    public void A_request_is_delayed_by_a_time() => Simulate(async broker =>
    {
        RawClient client = await broker.ConnectAsync();
        broker.Cluster.Faults.Delay(ApiKey.Metadata, TimeSpan.FromSeconds(3));
        TimeSpan start = broker.Now;
        await client.CallAsync(Requests.Metadata(), 9);
        Assert.InRange(broker.Now - start, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(3.5));
    });

    [Fact]
    public void The_nth_request_is_taken_and_no_other() => Simulate(async broker =>
    {
        RawClient client = await broker.ConnectAsync();
        FaultRule rule = broker.Cluster.Faults.Fail(RequestMatch.Of(ApiKey.Produce).Nth(3), ErrorCode.NotEnoughReplicas);
        await ProduceAsync(client, 0, 0, 19, 0, 0);
        Assert.Equal(1, rule.Hits);
        Assert.Empty(broker.Cluster.Faults.Rules);
        Assert.Equal(4, EndOffset(broker));
    });

    [Fact]
    public void Every_nth_request_is_taken_as_often_as_is_said() => Simulate(async broker =>
    {
        RawClient client = await broker.ConnectAsync();
        broker.Cluster.Faults.Fail(new RequestMatch { ApiKey = ApiKey.Produce, Skip = 1, Every = 2, Times = 2 }, ErrorCode.KafkaStorageError);
        await ProduceAsync(client, 0, 56, 0, 56, 0, 0, 0);
    });

    [Fact]
    public void Rules_match_by_broker_connection_client_topic_partition_and_predicate() => Simulate(async broker =>
    {
        await broker.Cluster.CreateTopicAsync("u", 3);
        FaultPlan faults = broker.Cluster.Faults;
        faults.Fail(new RequestMatch { Broker = 77 }, ErrorCode.UnknownServerError);
        faults.Fail(new RequestMatch { Connection = 2 }, ErrorCode.InvalidRequest);
        faults.Fail(new RequestMatch { ClientId = "someone else" }, ErrorCode.UnknownServerError);
        faults.Fail(new RequestMatch { ApiKey = ApiKey.Produce, Topic = "u", Partition = 1 }, ErrorCode.NotLeaderOrFollower);
        faults.Fail(new RequestMatch { ClientId = "raw", Topic = "u", Partition = 2 }, ErrorCode.KafkaStorageError);
        faults.Fail(new RequestMatch { Where = _ => throw new InvalidOperationException("by mistake") }, ErrorCode.UnknownServerError);
        faults.Fail(new RequestMatch { Where = request => request.Decode<ProduceRequest>().Acks == 1 }, ErrorCode.InvalidRequiredAcks);
        RawClient client = await broker.ConnectAsync();
        RawClient other = await broker.ConnectAsync();
        await CheckAsync(client, Requests.Produce("u", 0, Batches.Of("x")), ErrorCode.None);
        await CheckAsync(client, Requests.Produce("u", 1, Batches.Of("x")), ErrorCode.NotLeaderOrFollower);
        await CheckAsync(client, Requests.Produce("u", 2, Batches.Of("x")), ErrorCode.KafkaStorageError);
        await CheckAsync(client, Requests.Produce("t", 0, Batches.Of("x"), acks: 1), ErrorCode.InvalidRequiredAcks);
        await CheckAsync(other, Requests.Produce("u", 1, Batches.Of("x")), ErrorCode.InvalidRequest);
        Assert.Contains(broker.Log, line => line.Contains("predicate threw for Produce: by mistake", StringComparison.Ordinal));
    });

    [Fact]
    public void The_first_rule_that_takes_a_request_decides() => Simulate(async broker =>
    {
        RawClient client = await broker.ConnectAsync();
        broker.Cluster.Faults.Fail(RequestMatch.Of(ApiKey.Produce).Once(), ErrorCode.NotEnoughReplicas);
        FaultRule second = broker.Cluster.Faults.Fail(ApiKey.Produce, ErrorCode.KafkaStorageError);
        await ProduceAsync(client, 19, 56, 56);
        broker.Cluster.Faults.Clear();
        await ProduceAsync(client, 0);
        Assert.Equal(2, second.Hits);
        await second.WaitForHitsAsync(2);
    });

    [Fact]
    public void An_error_is_answered_although_the_request_was_applied() => Simulate(async broker =>
    {
        RawClient client = await broker.ConnectAsync();
        broker.Cluster.Faults.FailAfterApplying(RequestMatch.Of(ApiKey.Produce).Once(), ErrorCode.RequestTimedOut);
        await ProduceAsync(client, 7, 0);
        Assert.Equal(2, EndOffset(broker));
    });

    [Fact]
    public void An_error_of_a_produce_request_without_answer_closes_the_connection() => Simulate(async broker =>
    {
        RawClient client = await broker.ConnectAsync();
        broker.Cluster.Faults.Fail(ApiKey.Produce, ErrorCode.NotLeaderOrFollower);
        await client.BeginAsync(Requests.Produce("t", 0, Batches.Of("x"), acks: 0), 9);
        await client.Closed;
        Assert.Equal(0, EndOffset(broker));
    });

    [Theory]
    [InlineData("lose the answer", 1, true)]
    [InlineData("silence the answer", 1, false)]
    [InlineData("lose the request", 0, false)]
    [InlineData("close", 0, true)]
    [InlineData("half-open", 0, false)]
    public void What_is_lost_is_applied_or_not_and_the_connection_closed_or_silent(string fault, long applied, bool closes) => Simulate(async broker =>
    {
        RequestMatch match = RequestMatch.Of(ApiKey.Produce).Once();
        FaultPlan faults = broker.Cluster.Faults;
        FaultRule rule = fault switch
        {
            "lose the answer" => faults.LoseAnswer(match),
            "silence the answer" => faults.SilenceAnswer(match),
            "lose the request" => faults.LoseRequest(match),
            "close" => faults.Close(match),
            _ => faults.HalfOpen(match),
        };
        RawClient client = await broker.ConnectAsync();

        // What was asked before is answered all the same.
        int before = await client.BeginAsync(Requests.Metadata("t"), 9);
        await client.BeginAsync(Requests.Produce("t", 0, Batches.Of("x")), 9);
        await client.BeginAsync(Requests.Metadata("behind"), 9);
        await client.EndAsync<MetadataRequest, MetadataResponse>(before, 9);
        await rule.WaitForHitsAsync();
        Task<byte[]> answer = client.ReceiveFrameAsync();
        await broker.WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(applied, EndOffset(broker));
        Assert.Equal(closes, client.Closed.IsCompleted);
        Assert.Equal(closes, answer.IsCompleted);
        Assert.Equal(closes ? 0 : 1, broker.Broker.ConnectionCount);
        Assert.Null(broker.Model.Topics.Find("behind"));
        await client.CloseAsync();
        await Assert.ThrowsAsync<EndOfStreamException>(() => answer);
    });

    [Fact]
    public void A_half_open_connection_reads_nothing_so_that_its_client_is_stuck() => Simulate(async broker =>
    {
        FaultRule rule = broker.Cluster.Faults.HalfOpen(RequestMatch.Of(ApiKey.Metadata).Once());
        RawClient client = await broker.ConnectAsync();
        await client.BeginAsync(Requests.Metadata(), 9);
        await rule.WaitForHitsAsync();
        await client.CloseAsync();
        await broker.WaitAsync(TimeSpan.FromMinutes(1));

        // The broker does not even see that the client has gone.
        Assert.Equal(1, broker.Broker.ConnectionCount);
    });

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(20)]
    public void An_answer_breaks_off_after_so_many_bytes(int bytes) => Simulate(async broker =>
    {
        broker.Cluster.Faults.CutAnswer(RequestMatch.Of(ApiKey.Produce).Once(), bytes);
        RawClient client = await broker.ConnectAsync();
        await client.BeginAsync(Requests.Produce("t", 0, Batches.Of("x")), 9);
        await Assert.ThrowsAsync<EndOfStreamException>(client.ReceiveFrameAsync);
        Assert.Equal(bytes, client.UnfinishedBytes);
        Assert.Equal(1, EndOffset(broker));
    });

    [Fact]
    public void A_throttle_time_stands_in_every_answer_that_has_one() => Simulate(async broker =>
    {
        broker.Cluster.Faults.Throttle(new RequestMatch(), TimeSpan.FromMilliseconds(1500));
        RawClient client = await broker.ConnectAsync();
        foreach (short version in Requests.Versions(3, 12))
        {
            Assert.Equal(1500, (await client.CallAsync(Requests.Produce("t", 0, Batches.Of("x")), version)).ThrottleTimeMs);
        }

        FetchResponse fetched = await client.CallAsync(Requests.Fetch("t", 0, 0), 12);
        Assert.Equal(1500, fetched.ThrottleTimeMs);
        Assert.Equal(10, Batches.Values(fetched.Single().Records).Count());
        Assert.Equal(0, (await client.CallAsync(Requests.Metadata("t"), 2)).ThrottleTimeMs);
        Assert.Equal(1500, (await client.CallAsync(Requests.Metadata("t"), 3)).ThrottleTimeMs);
    });

    private static long EndOffset(TestBroker broker) => broker.Model.Topics.Find("t")!.Partitions[0].Log.EndOffset;

    private static async Task ProduceAsync(RawClient client, params short[] errors)
    {
        List<short> seen = [];
        foreach (short _ in errors)
        {
            seen.Add((await client.CallAsync(Requests.Produce("t", 0, Batches.Of("x")), 9)).Single().ErrorCode);
        }

        Assert.Equal(errors, seen);
    }

    private static async Task CheckAsync(RawClient client, ProduceRequest request, ErrorCode expected) =>
        Assert.Equal(expected, (ErrorCode)(await client.CallAsync(request, 9)).Single().ErrorCode);

    private static void Simulate(Func<TestBroker, Task> test) => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        await test(broker);
    });
}
