using System.Text;
using System.Text.Json;
using HighPerf.Kafka.Interop.Tests.Peers;

namespace HighPerf.Kafka.Interop.Tests.Scenarios;

/// <summary>kcat on the system's librdkafka, which is some years older than the one that Confluent.Kafka runs on.</summary>
public sealed class KcatTests
{
    private static readonly string[] Debug = ["-d", "protocol,feature,cgrp,eos"];

    public static TheoryData<string> Codecs => ["none", "gzip", "snappy", "lz4", "zstd"];

    [SkippableFact]
    public Task It_lists_brokers_topics_and_leaders() => RunAsync(async scenario =>
    {
        await scenario.CreateTopicAsync("first", 4);
        await scenario.CreateTopicAsync("second", 1);

        using JsonDocument document = JsonDocument.Parse(await RunAsync(scenario, "-L", "-J"));
        JsonElement root = document.RootElement;
        string[] brokers = [.. root.GetProperty("brokers").EnumerateArray().OrderBy(Id).Select(broker => broker.GetProperty("name").GetString()!)];
        Assert.Equal(scenario.BootstrapServers.Split(','), brokers);
        Assert.Equal([1, 2, 3], root.GetProperty("brokers").EnumerateArray().Select(Id).Order());
        Assert.InRange(root.GetProperty("controllerid").GetInt32(), 1, 3);
        Dictionary<string, JsonElement> topics = root.GetProperty("topics").EnumerateArray()
            .ToDictionary(static topic => topic.GetProperty("topic").GetString()!, static topic => topic.GetProperty("partitions"));
        Assert.Equal(["first", "second"], topics.Keys.Order(StringComparer.Ordinal));
        Assert.Equal([0, 1, 2, 3], topics["first"].EnumerateArray().Select(static partition => partition.GetProperty("partition").GetInt32()).Order());
        Assert.All(topics["first"].EnumerateArray(), static partition =>
        {
            Assert.InRange(partition.GetProperty("leader").GetInt32(), 1, 3);
            Assert.NotEmpty(partition.GetProperty("isrs").EnumerateArray());
        });
    });

    [SkippableTheory]
    [MemberData(nameof(Codecs))]
    public Task What_it_writes_it_reads_with_headers(string codec) => RunAsync(async scenario =>
    {
        await scenario.CreateTopicAsync("words", 3);
        string[] words = [.. Enumerable.Range(0, 900).Select(static i => $"key-{i % 30}\tword number {i}")];
        string input = string.Join('\n', words);

        await RunAsync(
            scenario, Encoding.UTF8.GetBytes(input), "-P", "-t", "words", "-K", "\\t", "-z", codec, "-X", "enable.idempotence=true", "-X", "linger.ms=5",
            "-H", "trace=abc", "-H", "trace=déf", "-H", "empty=");

        List<string> read = [];
        for (int partition = 0; partition < 3; partition++)
        {
            string[] lines = Lines(await RunAsync(
                scenario, "-C", "-t", "words", "-p", $"{partition}", "-o", "beginning", "-e", "-X", "check.crcs=true", "-f", "%o|%h|%k\\t%s\\n"));
            IEnumerable<string> heads = Enumerable.Range(0, lines.Length).Select(static i => $"{i}|trace=abc,trace=déf,empty=");
            Assert.Equal(heads, lines.Select(static line => line[..line.LastIndexOf('|')]));
            read.AddRange(lines.Select(static line => line[(line.LastIndexOf('|') + 1)..]));
            Assert.NotEmpty(lines);
        }

        // Records of one key stay in order, in one partition.
        Assert.Equal(ByKey(words), ByKey(read));
    });

    [SkippableFact]
    public Task It_writes_in_a_transaction() => RunAsync(async scenario =>
    {
        await scenario.CreateTopicAsync("ledger", 1);
        await RunAsync(scenario, "a\nb"u8.ToArray(), "-P", "-t", "ledger", "-X", "transactional.id=books");
        await RunAsync(scenario, "c"u8.ToArray(), "-P", "-t", "ledger", "-X", "transactional.id=books");

        // The third offset is the marker that ends the first transaction.
        string read = await RunAsync(scenario, "-C", "-t", "ledger", "-o", "beginning", "-e", "-X", "isolation.level=read_committed", "-f", "%o%s ");
        Assert.Equal("0a 1b 3c ", read);
        Assert.Equal("ledger [0] offset 5", (await RunAsync(scenario, "-Q", "-t", "ledger:0:-1")).Trim());
    });

    [SkippableFact]
    public Task It_finds_offsets_by_time_and_reads_from_them() => RunAsync(async scenario =>
    {
        await scenario.CreateTopicAsync("times", 1);
        PythonKafka.Require();
        await PythonKafka.ProduceAsync(
            scenario.BootstrapServers, "times", "none",
            Enumerable.Range(0, 5).Select(static i => new PeerRecord(0, null, [(byte)('a' + i)], 1000 + (i * 10), [])));

        Assert.Equal("times [0] offset 2", (await RunAsync(scenario, "-Q", "-t", "times:0:1011")).Trim());
        Assert.Equal("times [0] offset -1", (await RunAsync(scenario, "-Q", "-t", "times:0:1041")).Trim());
        Assert.Equal("c@2 d@3 e@4 ", await RunAsync(scenario, "-C", "-t", "times", "-o", "s@1011", "-e", "-f", "%s@%o "));
        Assert.Equal("d@3 e@4 ", await RunAsync(scenario, "-C", "-t", "times", "-o", "-2", "-e", "-f", "%s@%o "));
    });

    [SkippableFact]
    public Task Its_group_goes_on_where_it_stopped_and_two_members_read_everything_once() => RunAsync(async scenario =>
    {
        await scenario.CreateTopicAsync("a", 3);
        await scenario.CreateTopicAsync("b", 3);
        await WriteAsync(scenario, 0);
        Assert.Equal(Enumerable.Range(0, 60), await ReadAsync(scenario, "one"));

        await WriteAsync(scenario, 60);
        int[][] shares = await Task.WhenAll(ReadAsync(scenario, "one"), ReadAsync(scenario, "other"));
        Assert.Equal(Enumerable.Range(60, 60), shares.SelectMany(static share => share).Order());

        Assert.Empty(await ReadAsync(scenario, "one"));
    });

    private static Task WriteAsync(Scenario scenario, int first) => Task.WhenAll(
        RunAsync(scenario, Numbers(first), "-P", "-t", "a", "-X", "sticky.partitioning.linger.ms=0"),
        RunAsync(scenario, Numbers(first + 30), "-P", "-t", "b", "-X", "sticky.partitioning.linger.ms=0"));

    private static byte[] Numbers(int first) => Encoding.UTF8.GetBytes(string.Join('\n', Enumerable.Range(first, 30)));

    /// <summary>One member of the group, which leaves at the end of what it was given.</summary>
    private static async Task<int[]> ReadAsync(Scenario scenario, string clientId) =>
    [
        .. Lines(await RunAsync(
            scenario, "-G", "kcats", "-e", "-X", "auto.offset.reset=earliest", "-X", "session.timeout.ms=6000", "-X", "heartbeat.interval.ms=100",
            "-X", "fetch.wait.max.ms=50", "-X", $"client.id={clientId}", "-f", "%s\\n", "a", "b")).Select(int.Parse).Order(),
    ];

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static List<string> ByKey(IEnumerable<string> lines) => [.. lines.OrderBy(static line => line.Split('\t')[0], StringComparer.Ordinal)];

    private static int Id(JsonElement broker) => broker.GetProperty("id").GetInt32();

    private static Task RunAsync(Func<Scenario, Task> story)
    {
        Kcat.Require();
        return Scenario.RunAsync(scenario =>
        {
            // No broker since 4.0 takes the oldest Fetch, which it names with these features.
            scenario.Log.Expect(@"Feature (MsgVer1|ThrottleTime): Fetch \(\d\.\.2\) NOT supported by broker");
            return story(scenario);
        });
    }

    private static Task<string> RunAsync(Scenario scenario, params string[] arguments) => RunAsync(scenario, [], arguments);

    /// <summary>What kcat prints; what it logs goes to the scenario's log.</summary>
    private static async Task<string> RunAsync(Scenario scenario, byte[] input, params string[] arguments)
    {
        ToolResult result = await Kcat.RunAsync(["-b", scenario.BootstrapServers, "-q", .. Debug, .. arguments], input);
        foreach (string line in Lines(result.Error))
        {
            scenario.Log.Add("kcat", line);
        }

        return result.AssertSucceeded().Text;
    }
}
