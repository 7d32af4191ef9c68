using System.Text.Json;
using HighPerf.Kafka.Protocol.Tests.Wire;
using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Protocol.Tests.Cli.Groups;

/// <summary>hpk groups, as a process, against the embedded cluster.</summary>
public sealed class GroupsCommandTests : IAsyncLifetime
{
    private KafkaTestCluster _cluster = null!;
    private KafkaClient _client = null!;

    public async Task InitializeAsync()
    {
        _cluster = await KafkaTestCluster.StartAsync(new KafkaTestClusterOptions { Brokers = 2, AutoCreateTopics = false });
        await _cluster.CreateTopicAsync("a", 2);
        _client = new KafkaClient(new KafkaClientOptions { BootstrapServers = _cluster.BootstrapServers });
        await using KafkaProducer<string, string> producer = _client.CreateProducer<string, string>();
        for (int i = 0; i < 10; i++)
        {
            await producer.SendAsync(new ProduceRecord<string, string>("a", "k", "v") { Partition = 0, Timestamp = 1_700_000_000_000 + (i * 1000) });
        }
    }

    public async Task DisposeAsync()
    {
        await _client.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task Groups_are_listed_described_watched_and_deleted()
    {
        await _client.Groups.SetOffsetsAsync("g", [new("a", 0, 4), new("a", 1, 0)]);
        await _client.Groups.SetOffsetsAsync("h", [new("a", 1, 0)]);
        int coordinator = (await _client.Groups.DescribeAsync("g")).Coordinator;

        HpkResult list = Groups("list", "--state", "empty", "--type", "classic");
        Assert.StartsWith($"g\tclassic\tEmpty\t-\t{coordinator}\nh\tclassic\tEmpty\t-\t", list.Output);
        Assert.Equal("", Groups("list", "--state", "Stable").Output);
        Assert.StartsWith($"g  classic  Empty  assignor -  coordinator {coordinator}  0 member(s)\n", Groups("describe", "g").Output);
        Assert.Equal(
            """
            TOPIC  PARTITION  COMMITTED  END  LAG  MEMBER  CLIENT  HOST
            a      0          4          10   6    -       -       -
            a      1          0          0    0    -       -       -

            """,
            Groups("lag", "g").Output);
        using JsonDocument line = JsonDocument.Parse(Groups("lag", "g", "--json").Output.Split('\n')[0]);
        Assert.Equal((4, 10, 6), (Number(line, "committed"), Number(line, "end"), Number(line, "lag")));

        Assert.Equal(0, Groups("delete", "g").ExitCode);
        HpkResult gone = Groups("describe", "g");
        Assert.Equal(1, gone.ExitCode);
        Assert.Contains("the group does not exist", gone.Error);
    }

    [Fact]
    public async Task A_reset_is_shown_first_and_done_when_told_to()
    {
        await _client.Groups.SetOffsetsAsync("g", [new("a", 0, 4)]);

        HpkResult shown = Groups("reset", "g", "--shift-by", "-1", "--all-topics");
        Assert.Equal(
            """
            TOPIC  PARTITION  COMMITTED  NEW
            a      0          4          3

            """,
            shown.Output);
        Assert.Contains("nothing was changed; --execute sets 1 offset(s) of g", shown.Error);
        Assert.Equal(4, (await _client.Groups.OffsetsAsync("g"))[0].Committed);

        HpkResult done = Groups("reset", "g", "--to-time", "2023-11-14T22:13:27Z", "--topic", "a", "--execute");
        Assert.Equal(0, done.ExitCode);
        Assert.Equal([7, 0], (await _client.Groups.OffsetsAsync("g")).Select(static offset => offset.Committed!.Value));

        HpkResult made = Groups("reset", "new", "--to-offset", "99", "--topic", "a:0", "--execute", "--json");
        using JsonDocument line = JsonDocument.Parse(made.Output);
        Assert.Equal((JsonValueKind.Null, 10), (line.RootElement.GetProperty("committed").ValueKind, Number(line, "new")));
        Assert.Equal("99 is behind the end of the log", line.RootElement.GetProperty("note").GetString());
        Assert.Equal(10, (await _client.Groups.OffsetsAsync("new"))[0].Committed);
    }

    [Theory]
    [InlineData(2, "where to? Give one of", "g", "--all-topics")]
    [InlineData(2, "where to? Give one of", "g", "--all-topics", "--to-latest", "--to-offset", "3")]
    [InlineData(2, "which partitions are meant?", "g", "--to-latest")]
    [InlineData(2, "which partitions are meant?", "g", "--to-latest", "--topic", "a", "--all-topics")]
    [InlineData(2, "--execute and --dry-run exclude each other", "g", "--to-latest", "--topic", "a", "--execute", "--dry-run")]
    [InlineData(2, "--to-time is 'noon'", "g", "--to-time", "noon", "--topic", "a")]
    [InlineData(2, "a has the partitions 0 to 1, and no 2", "g", "--to-latest", "--topic", "a:2")]
    [InlineData(1, "the topic does not exist", "g", "--to-latest", "--topic", "nix")]
    [InlineData(1, "Nothing is committed for g.", "g", "--to-latest", "--all-topics")]
    [InlineData(1, "a-0 cannot be shifted: nothing is committed for it", "g", "--shift-by", "1", "--topic", "a:0")]
    public void A_reset_that_cannot_be_is_refused(int exitCode, string message, params string[] arguments)
    {
        HpkResult result = Groups(["reset", .. arguments]);
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains(message, result.Error);
    }

    private static long Number(JsonDocument line, string name) => line.RootElement.GetProperty(name).GetInt64();

    private HpkResult Groups(params string[] arguments) => Hpk.Run(["groups", .. arguments, "--bootstrap", _cluster.BootstrapServers]);
}
