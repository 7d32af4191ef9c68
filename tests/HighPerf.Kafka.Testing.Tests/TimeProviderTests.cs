using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Testing.Tests;

/// <summary>Real threads, and a clock that goes on only when the test says so.</summary>
public sealed class TimeProviderTests
{
    private readonly ManualTimeProvider _time = new();

    [Theory]
    [InlineData(KafkaTestTransport.InMemory)]
    [InlineData(KafkaTestTransport.Tcp)]
    public async Task A_long_poll_ends_when_the_clock_says_so(KafkaTestTransport transport)
    {
        await using KafkaTestCluster cluster = await StartAsync(transport);
        await cluster.CreateTopicAsync("t");
        RawClient client = await ConnectAsync(cluster);
        int fetch = await client.BeginAsync(Requests.Fetch("t", 0, 0, maxWaitMs: 60_000), 12);
        await cluster.Requests.WaitForAsync(request => request.ApiKey == ApiKey.Fetch);
        Task<FetchResponse> answer = client.EndAsync<FetchRequest, FetchResponse>(fetch, 12);
        _time.Advance(TimeSpan.FromMilliseconds(59_999));

        // Another request makes sure that the loop has seen that time.
        await (await ConnectAsync(cluster)).CallAsync(Requests.Metadata("t"), 9);
        Assert.False(answer.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(0, (await answer).Single().HighWatermark);
    }

    [Fact]
    public async Task A_rebalance_goes_on_without_a_silent_member_when_the_clock_says_so()
    {
        await using KafkaTestCluster cluster = await StartAsync(KafkaTestTransport.InMemory);
        RawClient silent = await ConnectAsync(cluster);
        JoinGroupResponse first = await silent.CallAsync(Join(), 3);
        Assert.Equal(0, first.ErrorCode);
        SyncGroupRequest sync = new() { GroupId = "g", GenerationId = first.GenerationId, MemberId = first.MemberId };
        Assert.Equal(0, (await silent.CallAsync(sync, 1)).ErrorCode);

        RawClient client = await ConnectAsync(cluster);
        int join = await client.BeginAsync(Join(), 3);
        await cluster.Requests.WaitForAsync(request => request is { ApiKey: ApiKey.JoinGroup, Connection: 2 });
        Task<JoinGroupResponse> answer = client.EndAsync<JoinGroupRequest, JoinGroupResponse>(join, 3);
        _time.Advance(TimeSpan.FromMilliseconds(9_999));
        await silent.CallAsync(Requests.Metadata(), 9);
        Assert.False(answer.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal((await answer).MemberId, Assert.Single((await answer).Members).MemberId);
    }

    [Fact]
    public async Task A_delay_and_a_timeout_end_when_the_clock_says_so()
    {
        await using KafkaTestCluster cluster = await StartAsync(KafkaTestTransport.InMemory);
        FaultRule rule = cluster.Faults.Delay(ApiKey.Metadata, TimeSpan.FromHours(1));
        RawClient client = await ConnectAsync(cluster);
        Task<MetadataResponse> answer = client.CallAsync(Requests.Metadata(), 9);
        await rule.WaitForHitsAsync();
        Task never = cluster.Requests.WaitForAsync(request => request.ApiKey == ApiKey.Fetch, TimeSpan.FromMinutes(30));
        await cluster.Faults.AcceptConnectionsAsync(1);
        Assert.False(answer.IsCompleted || never.IsCompleted);
        _time.Advance(TimeSpan.FromMinutes(30));
        await Assert.ThrowsAsync<TimeoutException>(() => never);
        Assert.False(answer.IsCompleted);
        _time.Advance(TimeSpan.FromMinutes(30));
        await answer;
    }

    [Fact]
    public async Task Records_and_recordings_carry_the_time_of_the_clock()
    {
        await using KafkaTestCluster cluster = await StartAsync(KafkaTestTransport.InMemory);
        await cluster.CreateTopicAsync("t");
        RawClient client = await ConnectAsync(cluster);
        _time.Advance(TimeSpan.FromDays(100));
        await client.CallAsync(Requests.Produce("t", 0, Batches.Of("x")), 9);
        RecordedRequest produced = Assert.Single(cluster.Requests.Snapshot(ApiKey.Produce));
        Assert.Equal(ManualTimeProvider.Start + TimeSpan.FromDays(100), produced.Time);
        Assert.Equal(produced.Time, produced.EndTime);
        Assert.Equal(produced.Time.ToUnixTimeMilliseconds(), cluster.Model.NowMs);
    }

    private static JoinGroupRequest Join() => new()
    {
        GroupId = "g",
        SessionTimeoutMs = 10_000,
        RebalanceTimeoutMs = 60_000,
        ProtocolType = "consumer",
        Protocols = [new() { Name = "range", Metadata = [] }],
    };

    private static Task<RawClient> ConnectAsync(KafkaTestCluster cluster)
    {
        string[] address = cluster.BootstrapServers.Split(':');
        return RawClient.ConnectAsync(new ProductionEnvironment(), cluster.Transport, address[0], int.Parse(address[1]));
    }

    private Task<KafkaTestCluster> StartAsync(KafkaTestTransport transport) =>
        KafkaTestCluster.StartAsync(new KafkaTestClusterOptions { Transport = transport, TimeProvider = _time });
}
