using System.Text.RegularExpressions;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Runtime;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Handlers;

namespace HighPerf.Kafka.Testing.Tests.Connections;

/// <summary>
/// Bad frames of every API and version that the brokers tell, while a healthy connection produces and fetches. The environment variable HPK_FUZZ_SEED chooses
/// another seed; a failure tells which one it was.
/// </summary>
public sealed partial class FuzzTests
{
    private const int MaxFramesOfConnection = 8;

    /// <summary>Requests that may wait for others: their silence is no fault.</summary>
    private static readonly ApiKey[] Waiting = [ApiKey.Fetch, ApiKey.Produce, ApiKey.JoinGroup, ApiKey.SyncGroup];

    private readonly List<string> _log = [];
    private readonly Dictionary<FuzzEnd, int> _ends = [];
    private int _healthy;
    private long _mostBytes;

    [Fact]
    public void A_hundred_thousand_bad_frames_end_in_answers_or_reasons_and_nobody_else_notices()
    {
        int seed = int.TryParse(Environment.GetEnvironmentVariable("HPK_FUZZ_SEED"), out int given) ? given : 1;
        SimulatedEnvironment environment = new((ulong)seed);
        SimulatedNetwork network = new(environment);
        try
        {
            environment.Run(() => RunAsync(environment, network, new Random(seed), 100_000), TimeSpan.FromDays(365), long.MaxValue);
        }
        catch (Exception error)
        {
            throw new InvalidOperationException($"HPK_FUZZ_SEED={seed}: {error.Message}", error);
        }
    }

    [GeneratedRegex(@": connection \d+ from .* closed: .")]
    private static partial Regex ClosedWithReason();

    private static byte[][] Corpus(IReadOnlyList<HandlerEntry> handlers, Random random, Guid topicId)
    {
        RandomRequest requests = new(random, topicId);
        List<byte[]> corpus = [];
        foreach (HandlerEntry entry in handlers)
        {
            int before = corpus.Count;
            for (short version = entry.MinVersion; version <= entry.MaxVersion; version++)
            {
                for (int i = 0; i < 12; i++)
                {
                    if (requests.Create(entry.Handler.ApiKey, version) is { } frame)
                    {
                        corpus.Add(frame);
                    }
                }
            }

            Assert.True(corpus.Count > before, $"no valid request of {entry.Handler.ApiKey}");
        }

        return [.. corpus];
    }

    private async Task RunAsync(SimulatedEnvironment environment, ITransport transport, Random random, int frames)
    {
        KafkaTestClusterOptions options = new() { Brokers = 3, Log = _log.Add, RecordedBytes = 256 << 10, MaxFrameBytes = 1 << 20 };
        KafkaTestCluster cluster = new(environment, transport, options);
        await cluster.StartAsync();
        await cluster.CreateTopicAsync("t", 3);
        await cluster.CreateTopicAsync("healthy");
        Topic topic = cluster.Model.Topics.Find("healthy")!;
        int leader = topic.Partitions[0].LeaderId;
        EmbeddedBroker home = cluster.Model.FindBroker(leader)!;
        RawClient healthy = await RawClient.ConnectAsync(environment, transport, home.Host, home.Port);
        byte[][] corpus = Corpus(cluster.Model.Handlers.All, random, cluster.Model.Topics.Find("t")!.Id);
        Mutation mutation = new(random, corpus);
        EventLoop loop = environment.CreateLoop("fuzz", LoopKind.Borrowed);
        long memory = GC.GetTotalMemory(forceFullCollection: true);
        for (int sent = 0; sent < frames;)
        {
            int count = Math.Min(1 + random.Next(MaxFramesOfConnection), frames - sent);
            byte[] bytes = [.. Enumerable.Range(0, count).SelectMany(_ => mutation.Next())];
            sent += count;
            EmbeddedBroker broker = cluster.Model.Brokers[random.Next(cluster.Model.Brokers.Count)];
            await RunOneAsync(new FuzzClient(loop, transport, broker.Host, broker.Port, bytes), cluster, bytes);
            if (random.Next(100) == 0)
            {
                await CheckHealthyAsync(healthy);
            }
        }

        await CheckHealthyAsync(healthy);
        Assert.Equal(1, cluster.Model.Brokers.Sum(broker => broker.ConnectionCount));
        Assert.DoesNotContain(_log, line => line.Contains(" failed: ", StringComparison.Ordinal));
        Assert.Equal(_ends[FuzzEnd.Closed], _log.Count(line => ClosedWithReason().IsMatch(line)));
        Assert.True(_ends[FuzzEnd.Answered] > frames / 100, $"only {_ends[FuzzEnd.Answered]} connections were answered");
        Assert.InRange(_mostBytes, 0, 64 << 20);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - memory, long.MinValue, 300 << 20);
        await cluster.DisposeAsync();
        Assert.Equal(0, cluster.Model.Buffers.OutstandingBuffers);
    }

    private async Task RunOneAsync(FuzzClient client, KafkaTestCluster cluster, byte[] bytes)
    {
        FuzzEnd end = await client.RunAsync();
        _ends[end] = _ends.GetValueOrDefault(end) + 1;
        _mostBytes = Math.Max(_mostBytes, cluster.Model.Buffers.OutstandingBytes);
        if (_log.Count > 0 && _log[^1].Contains(" failed: ", StringComparison.Ordinal))
        {
            Assert.Fail($"{_log[^1]} after {Convert.ToHexString(bytes)}");
        }

        RecordedRequest? last = cluster.Requests.Snapshot().LastOrDefault();
        bool mayBeSilent = end != FuzzEnd.Silent || client.IsIncomplete
            || (last is not null && last.Connection == 1 + _ends.Values.Sum() && last.Outcome == RequestOutcome.Closed && Waiting.Contains(last.ApiKey));
        Assert.True(mayBeSilent, $"no answer and no close, last was {last}, after {Convert.ToHexString(bytes)}");
    }

    private async Task CheckHealthyAsync(RawClient healthy)
    {
        long offset = _healthy++;
        ProduceResponse produced = await healthy.CallAsync(Requests.Produce("healthy", 0, Batches.Of("healthy")), 9);
        Assert.Equal((0, offset), (produced.Single().ErrorCode, produced.Single().BaseOffset));
        FetchResponse fetched = await healthy.CallAsync(Requests.Fetch("healthy", 0, offset), 12);
        Assert.Equal((0, offset + 1), (fetched.Single().ErrorCode, fetched.Single().HighWatermark));
        Assert.NotEmpty(Batches.Values(fetched.Single().Records));
    }
}
