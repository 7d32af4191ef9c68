using System.Text.Json;
using HighPerf.Kafka.Cli.Measuring.Consuming;
using HighPerf.Kafka.Protocol.Tests.Wire;
using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Protocol.Tests.Cli.Measuring;

/// <summary>hpk bench consume and roundtrip, as processes, against the embedded cluster.</summary>
public sealed class BenchConsumeTests : IAsyncLifetime
{
    private const int Records = 3000;

    private static readonly string[] Members =
    [
        "recordsPerSecond", "megabytesPerSecond", "cpuMicrosPerRecord", "allocatedBytesPerRecord", "gcPauseMs", "peakMemoryBytes", "records", "failed",
        "latencyMicros",
    ];

    private readonly RecordTally _expected = new();
    private KafkaTestCluster _cluster = null!;

    public async Task InitializeAsync()
    {
        _cluster = await KafkaTestCluster.StartAsync();
        await _cluster.CreateTopicAsync("bench", 3);
        await using KafkaClient client = new(new KafkaClientOptions { BootstrapServers = _cluster.BootstrapServers });
        await using KafkaProducer<byte[], byte[]> producer = client.CreateProducer<byte[], byte[]>();
        for (int i = 0; i < Records; i++)
        {
            byte[]? key = i % 7 == 0 ? null : BitConverter.GetBytes((long)i);
            byte[] value = [.. Enumerable.Range(i, 10 + (i % 100)).Select(static n => (byte)n)];
            _expected.Add(key, value);
            await producer.EnqueueAsync("bench", key!, value);
        }

        await producer.FlushAsync();
    }

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Theory]
    [InlineData("--mode batch")]
    [InlineData("--mode record")]
    [InlineData("--mode bytes")]
    [InlineData("--mode batch --group g")]
    [InlineData("--mode record --group g --prefetch-bytes 20000 --partition-fetch-bytes 5000")]
    public void Every_byte_of_a_topic_goes_into_the_checksum_in_every_mode(string mode)
    {
        HpkResult result = Hpk.Run(
            ["bench", "consume", "-b", _cluster.BootstrapServers, "-n", $"{Records}", "--in-all", "--warmup", "0", "--json", .. mode.Split(' ')]);

        Assert.Equal((0, ""), (result.ExitCode, result.ExitCode == 0 ? "" : result.Error));
        JsonElement figures = Assert.Single(result.Lines());
        Assert.Equal([.. Members, "recordsInAll", "checksum"], figures.EnumerateObject().Select(static member => member.Name));
        Assert.Equal(Records, figures.GetProperty("recordsInAll").GetInt64());
        Assert.Equal(_expected.Checksum.ToString("x16"), figures.GetProperty("checksum").GetString());
        Assert.InRange(figures.GetProperty("records").GetInt64(), 1, Records - 1);
        Assert.True(figures.GetProperty("cpuMicrosPerRecord").GetDouble() > 0);
    }

    [Fact]
    public void A_topic_with_too_few_records_is_told()
    {
        HpkResult result = Hpk.Run("bench", "consume", "-b", _cluster.BootstrapServers, "-n", "9000", "--warmup", "0", "--stall-seconds", "1");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("No record came for 1 s: 3,000 of ", result.Error);
    }

    [Fact]
    public void An_idle_consumer_is_watched()
    {
        HpkResult result = Hpk.Run(
            "bench", "consume", "-b", _cluster.BootstrapServers, "-n", $"{Records}", "--mode", "idle", "--idle-seconds", "1", "--group", "g", "--json");
        JsonElement figures = Assert.Single(result.Lines());
        Assert.True(figures.GetProperty("cpuMicrosPerSecond").GetDouble() > 0);
    }

    [Theory]
    [InlineData("--mode batch")]
    [InlineData("--mode bytes --group g")]
    public void Every_record_comes_back_and_is_timed(string mode)
    {
        // The records of another run lie in the topic already: they do not count.
        HpkResult result = Hpk.Run(
        [
            "bench", "roundtrip", "-b", _cluster.BootstrapServers, "-n", "500", "--warmup", "100", "--rate", "2000", "--partitions", "3", "--json",
            .. mode.Split(' '),
        ]);

        Assert.Equal((0, ""), (result.ExitCode, result.ExitCode == 0 ? "" : result.Error));
        JsonElement figures = Assert.Single(result.Lines());
        Assert.Equal([.. Members, "cpuMicrosPerRecordBeyondPacer"], figures.EnumerateObject().Select(static member => member.Name));
        Assert.Equal(500, figures.GetProperty("records").GetInt64());
        Assert.True(figures.GetProperty("latencyMicros").GetProperty("p50").GetDouble() > 0);
    }

    [Theory]
    [InlineData("consume", "--records is 0", "-n", "0")]
    [InlineData("consume", "--fetch-bytes is 10", "--fetch-bytes", "10")]
    [InlineData("consume", "--group is empty", "--group", "")]
    [InlineData("roundtrip", "--rate is 0", "--rate", "0")]
    [InlineData("roundtrip", "--size is 23", "--size", "23")]
    [InlineData("commit", "--stores is 10", "--stores", "10")]
    public void What_cannot_be_is_refused(string command, string message, params string[] arguments)
    {
        HpkResult result = Hpk.Run(["bench", command, .. arguments]);
        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith($"hpk: {message}", result.Error);
    }

    [Fact]
    public void Commits_are_awaited_and_seen_by_the_broker_one_at_a_time()
    {
        HpkResult result = Hpk.Run(
            "bench", "commit", "--partitions", "8", "--stores", "2000", "--commits", "1000", "--seconds", "1", "--delay-ms", "5", "--json");

        Assert.Equal((0, ""), (result.ExitCode, result.ExitCode == 0 ? "" : result.Error));
        JsonElement figures = Assert.Single(result.Lines());
        Assert.Equal((0, 0), (figures.GetProperty("failed").GetInt32(), figures.GetProperty("refused").GetInt32()));
        Assert.True(figures.GetProperty("roundTripMicros").GetDouble() >= 5000);
        Assert.InRange(figures.GetProperty("requests").GetInt32(), 300, 300 + 3000); // those alone, and those that were shared
        Assert.Equal(1, figures.GetProperty("mostInFlight").GetInt32());
    }
}
