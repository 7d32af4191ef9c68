using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Tests.Handlers;

namespace HighPerf.Kafka.Testing.Tests.Quotas;

public sealed class ThrottleTests
{
    /// <summary>What stands before the body: key, version, correlation id, client id, no tags.</summary>
    private static readonly int HeaderSize = 10 + Frames.ClientId.Length + 1;

    [Theory]
    [InlineData("client-id=raw")]
    [InlineData("client-id=")]
    [InlineData("user=ANONYMOUS")]
    [InlineData("user=,client-id=raw")]
    public void A_producer_over_its_quota_is_told_and_its_connection_is_muted_after_the_answer_KIP_219(string entity) => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        RawClient client = await broker.ConnectAsync();
        Assert.Equal(ErrorCode.None, await QuotaAdminTests.Alter(client, entity, "producer_byte_rate=1000"));
        ProduceRequest request = Requests.Produce("t", 0, Batches.OfSize(20_000));
        int expected = HeaderSize + Frames.Encode(request, 9).Length - 10_000;

        TimeSpan before = broker.Now;
        ProduceResponse response = await client.CallAsync(request, 9);
        Assert.Equal((0, expected), (response.Single().ErrorCode, response.ThrottleTimeMs));
        TimeSpan answered = broker.Now;
        Assert.True(answered - before < TimeSpan.FromSeconds(1));

        // Another connection does not notice, this one is not read for as long as was told.
        RawClient other = await broker.ConnectAsync();
        await other.CallAsync(Requests.Metadata(), 9);
        Assert.True(broker.Now - answered < TimeSpan.FromSeconds(1));
        await client.CallAsync(Requests.Metadata(), 9);
        Assert.InRange((broker.Now - before).TotalMilliseconds, expected, expected + 1000);
    });

    [Fact]
    public void Without_acknowledgement_the_connection_is_muted_all_the_same() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        RawClient client = await broker.ConnectAsync();
        await QuotaAdminTests.Alter(client, "client-id=raw", "producer_byte_rate=1000");
        TimeSpan before = broker.Now;
        await client.BeginAsync(Requests.Produce("t", 0, Batches.OfSize(20_000), acks: 0), 9);
        int metadata = await client.BeginAsync(Requests.Metadata(), 9);
        await client.EndAsync<MetadataRequest, MetadataResponse>(metadata, 9);
        Assert.InRange((broker.Now - before).TotalSeconds, 10, 12);
    });

    [Fact]
    public void Whoever_is_within_the_quota_or_has_another_name_is_not_throttled() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        RawClient client = await broker.ConnectAsync();
        await QuotaAdminTests.Alter(client, "client-id=raw", "producer_byte_rate=1000000");
        await QuotaAdminTests.Alter(client, "client-id=another", "producer_byte_rate=1");
        await QuotaAdminTests.Alter(client, "client-id=", "producer_byte_rate=1");
        await QuotaAdminTests.Alter(client, "user=somebody", "producer_byte_rate=1");
        for (int i = 0; i < 10; i++)
        {
            Assert.Equal(0, (await client.CallAsync(Requests.Produce("t", 0, Batches.OfSize(20_000)), 9)).ThrottleTimeMs);
        }
    });

    [Fact]
    public void A_consumer_over_its_quota_gets_nothing_for_a_while_and_everything_in_the_end() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        RawClient client = await broker.ConnectAsync();
        for (int i = 0; i < 30; i++)
        {
            await client.CallAsync(Requests.Produce("t", 0, Batches.OfSize(900)), 9);
        }

        await QuotaAdminTests.Alter(client, "client-id=raw", "consumer_byte_rate=1000");
        TimeSpan begin = broker.Now;
        long next = 0;
        int throttled = 0;
        while (next < 30)
        {
            TimeSpan before = broker.Now;
            FetchResponse response = await client.CallAsync(Requests.Fetch("t", 0, next), 12);
            if (response.ThrottleTimeMs > 0)
            {
                throttled++;
                Assert.Empty(response.Responses);
                await client.CallAsync(Requests.Metadata(), 9);
                Assert.True((broker.Now - before).TotalMilliseconds >= response.ThrottleTimeMs);
                continue;
            }

            // No more at once than the quota gives in a whole window.
            Assert.InRange(response.Single().Records!.Length, 1, 10_000);
            next += Batches.Records(response.Single().Records).Count;
        }

        Assert.Equal(30, next);
        Assert.True(throttled > 0);
        Assert.InRange((broker.Now - begin).TotalSeconds, 15, 60);
    });

    [Fact]
    public void A_throttled_fetch_leaves_its_session_as_it_was() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        RawClient client = await broker.ConnectAsync();
        FetchRequest first = Requests.Fetch("t", 0, 0);
        first.SessionEpoch = 0;
        FetchResponse opened = await client.CallAsync(first, 12);
        Assert.NotEqual(0, opened.SessionId);
        await client.CallAsync(Requests.Produce("t", 0, Batches.OfSize(5000)), 9);
        await QuotaAdminTests.Alter(client, "client-id=raw", "consumer_byte_rate=480");

        FetchRequest next = new() { MaxWaitMs = 0, MinBytes = 1, MaxBytes = 1 << 20, SessionId = opened.SessionId, SessionEpoch = 1, Topics = [] };
        FetchResponse throttled = await client.CallAsync(next, 12);
        Assert.Equal((0, opened.SessionId), (throttled.ErrorCode, throttled.SessionId));
        Assert.True(throttled.ThrottleTimeMs > 0);
        Assert.Empty(throttled.Responses);
        next.SessionEpoch = 2;
        FetchResponse served = await client.CallAsync(next, 12);
        Assert.Equal((0, 0), (served.ErrorCode, served.ThrottleTimeMs));
        Assert.Single(Batches.Records(served.Single().Records));
    });

    [Fact]
    public void A_client_that_goes_away_while_it_is_muted_is_forgotten() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        RawClient client = await broker.ConnectAsync();
        await QuotaAdminTests.Alter(client, "client-id=raw", "producer_byte_rate=1");
        Assert.True((await client.CallAsync(Requests.Produce("t", 0, Batches.OfSize(20_000)), 9)).ThrottleTimeMs > 100_000);
        await client.CloseAsync();
        await broker.WaitAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(0, broker.Broker.ConnectionCount);
    });
}
