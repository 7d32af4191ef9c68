using System.Buffers.Binary;
using System.Text.Json;
using HighPerf.Kafka.Protocol.Tests.Wire;
using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Protocol.Tests.Cli.Measuring;

public sealed class BenchProduceTests
{
    private static readonly string[] Members =
    [
        "recordsPerSecond", "megabytesPerSecond", "cpuMicrosPerRecord", "allocatedBytesPerRecord", "gcPauseMs", "peakMemoryBytes", "records", "failed",
        "latencyMicros",
    ];

    /// <summary>The record that connects, 100 that warm up and 500 that are measured.</summary>
    private const int SentInAll = 601;

    [Theory]
    [InlineData("fire", false)]
    [InlineData("fire --bound", false)]
    [InlineData("fire --bound --null-key", false)]
    [InlineData("fire --rate 5000", false)]
    [InlineData("fire --threads 3 --acks leader", false)]
    [InlineData("completion", true)]
    [InlineData("completion --threads 2 --null-key", true)]
    [InlineData("completion --rate 5000", true)]
    [InlineData("completion --bound", true)]
    [InlineData("awaited --bound --linger-ms 0", true)]
    [InlineData("open-loop --rate 5000", true)]
    [InlineData("completion --outstanding 50 --compression lz4 --with-token", true)]
    [InlineData("awaited --linger-ms 0 --idempotence false", true)]
    [InlineData("awaited --linger-ms 0 --rate 2000", true)]
    public async Task The_records_arrive_and_the_figures_are_one_object(string mode, bool hasLatency)
    {
        await using KafkaTestCluster cluster = await KafkaTestCluster.StartAsync(brokers: 1);
        HpkResult result = Hpk.Run(
        [
            "bench", "produce", "-b", cluster.BootstrapServers, "-n", "500", "--warmup", "100", "--size", "60", "--partitions", "3", "--json",
            "--mode", .. mode.Split(' '),
        ]);

        Assert.Equal("", string.Join('\n', result.Error.Split('\n').Where(line => line.StartsWith("hpk:", StringComparison.Ordinal))));
        Assert.Equal(0, result.ExitCode);
        Assert.Contains($"sent in all  {SentInAll} records, 101 of them before the measurement", result.Error);
        JsonElement figures = Assert.Single(result.Lines());
        Assert.Equal(Members, figures.EnumerateObject().Select(member => member.Name));
        JsonElement latency = figures.GetProperty("latencyMicros");
        Assert.Equal(["p50", "p90", "p99", "p999", "max"], latency.EnumerateObject().Select(member => member.Name));
        Assert.Equal(500, figures.GetProperty("records").GetInt64());
        Assert.Equal(0, figures.GetProperty("failed").GetInt64());
        Assert.Equal(figures.GetProperty("recordsPerSecond").GetDouble() * 60 / 1e6, figures.GetProperty("megabytesPerSecond").GetDouble(), 0.01);
        Assert.True(figures.GetProperty("cpuMicrosPerRecord").GetDouble() > 0);
        Assert.True(figures.GetProperty("peakMemoryBytes").GetInt64() > 1_000_000);
        Assert.Equal(hasLatency, latency.GetProperty("max").GetDouble() > 0);
        await AssertArrivedAsync(cluster, hasKeys: !mode.Contains("--null-key", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_figures_are_text_without_json()
    {
        await using KafkaTestCluster cluster = await KafkaTestCluster.StartAsync(brokers: 1);
        HpkResult result = Hpk.Run("bench", "produce", "-b", cluster.BootstrapServers, "-n", "500", "--warmup", "100", "--mode", "awaited", "--linger-ms", "0");
        Assert.Equal(0, result.ExitCode);
        foreach (string name in (string[])["records", "throughput", "CPU", "allocated", "collections", "peak memory", "latency"])
        {
            Assert.Contains($"\n  {name} ", result.Output);
        }
    }

    [Fact]
    public async Task An_idle_producer_is_watched()
    {
        await using KafkaTestCluster cluster = await KafkaTestCluster.StartAsync(brokers: 1);
        HpkResult result = Hpk.Run("bench", "produce", "-b", cluster.BootstrapServers, "-n", "500", "--mode", "idle", "--idle-seconds", "0.1", "--json");
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(
            ["contextSwitchesPerSecond", "cpuMicrosPerSecond", "connectedMemoryBytes", "idleMemoryBytes", "idleMemoryAfterCollectionBytes", "peakMemoryBytes"],
            Assert.Single(result.Lines()).EnumerateObject().Select(member => member.Name));
    }

    [Fact]
    public void The_pacer_alone_needs_no_broker()
    {
        HpkResult result = Hpk.Run("bench", "produce", "-b", "127.0.0.1:1", "-n", "100", "--rate", "1000", "--pacer-only", "--json");
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(Members, Assert.Single(result.Lines()).EnumerateObject().Select(member => member.Name));
        Assert.Contains("pacer alone", result.Error);
    }

    [Fact]
    public async Task Records_that_fail_are_counted_and_the_exit_code_tells()
    {
        await using KafkaTestCluster cluster = await KafkaTestCluster.StartAsync(brokers: 1);
        cluster.Faults.Fail(RequestMatch.Of(ApiKey.Produce).Nth(3), ErrorCode.InvalidRecord);
        HpkResult result = Hpk.Run(
            "bench", "produce", "-b", cluster.BootstrapServers, "-n", "10", "--warmup", "1", "--mode", "awaited", "--linger-ms", "0", "--partitions", "1",
            "--json");
        Assert.Equal(1, result.ExitCode);
        Assert.Equal(1, Assert.Single(result.Lines()).GetProperty("failed").GetInt64());
        Assert.Contains("1 of 10 records failed; the first: ", result.Error);
    }

    [Fact]
    public void What_does_not_go_together_is_wrong_use()
    {
        HpkResult result = Hpk.Run("bench", "produce", "--mode", "open-loop");
        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith("hpk: --mode open-loop needs a --rate.", result.Error);
    }

    private static async Task AssertArrivedAsync(KafkaTestCluster cluster, bool hasKeys)
    {
        await using KafkaClient kafka = new(new KafkaClientOptions { BootstrapServers = cluster.BootstrapServers });
        await using KafkaConsumer<byte[], byte[]> consumer = kafka.CreateConsumer<byte[], byte[]>();
        consumer.Assign([.. Enumerable.Range(0, 3).Select(p => new TopicPartitionOffset("bench", p, TopicPartitionOffset.Beginning))]);
        int count = 0;
        HashSet<long> keys = [];
        while (count < SentInAll && await consumer.WaitToReadAsync())
        {
            while (consumer.TryRead(out ConsumedRecord<byte[], byte[]> record))
            {
                count++;
                Assert.Equal(hasKeys ? 52 : 60, record.Value.Length);
                if (hasKeys)
                {
                    keys.Add(BinaryPrimitives.ReadInt64BigEndian(record.Key));
                }
            }
        }

        // The record that connects has the key of the first one that warms up.
        Assert.Equal(SentInAll, count);
        Assert.Equal(hasKeys ? SentInAll - 1 : 0, keys.Count);
    }
}
