using HighPerf.Kafka.Protocol.Tests.Wire;
using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Protocol.Tests.Cli.Reading;

/// <summary>hpk consume, as a process, against the embedded cluster.</summary>
public sealed class ConsumeCommandTests : IAsyncLifetime
{
    private KafkaTestCluster _cluster = null!;
    private KafkaClient _client = null!;

    public async Task InitializeAsync()
    {
        _cluster = await KafkaTestCluster.StartAsync(new KafkaTestClusterOptions { AutoCreateTopics = false });
        await _cluster.CreateTopicAsync("a", 2);
        await _cluster.CreateTopicAsync("ab", 1);
        _client = new KafkaClient(new KafkaClientOptions { BootstrapServers = _cluster.BootstrapServers });
        await using KafkaProducer<string, string> producer = _client.CreateProducer<string, string>();
        for (int i = 0; i < 10; i++)
        {
            await producer.SendAsync(new ProduceRecord<string, string>("a", "k", $"v{i}") { Partition = 0 });
        }

        await producer.SendAsync(new ProduceRecord<string, string>("ab", "k", "other") { Partition = 0 });
    }

    public async Task DisposeAsync()
    {
        await _client.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task A_member_prints_what_the_group_has_not_seen_and_commits_what_it_printed()
    {
        HpkResult first = Consume("a", "--group", "g", "--count", "4");
        Assert.Equal("v0\nv1\nv2\nv3\n", first.Output);
        Assert.Contains("hpk: reads a-0 a-1\n", first.Error);
        Assert.Equal(4, await CommittedAsync("g"));

        Assert.Equal("v4\nv5\n", Consume("--topic", "a", "--group", "g", "--max", "2", "--no-commit").Output);
        Assert.Equal(4, await CommittedAsync("g"));

        Assert.Equal("v4\nv5\nv6\nv7\nv8\nv9\n", Consume("a", "--group", "g", "--exit").Output);
        Assert.Equal(10, await CommittedAsync("g"));
        Assert.Equal(GroupState.Empty, (await _client.Groups.DescribeAsync("g")).State); // it has left

        Assert.Equal("", Consume("a", "--group", "g", "--exit").Output);
        Assert.Equal("", Consume("a", "--group", "late", "--from", "end", "--exit").Output);
    }

    [Fact]
    public void A_pattern_stands_for_every_topic_whose_whole_name_matches()
    {
        HpkResult both = Consume("--pattern", "ab?", "--group", "g", "--exit", "--key-separator", "=");
        Assert.Equal(11, both.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("k=other\n", both.Output);
        Assert.Equal("other\n", Consume("--pattern", ".b", "--group", "h", "--exit").Output);
    }

    [Fact]
    public void Without_a_group_every_partition_is_read_or_those_that_are_named()
    {
        Assert.Equal("v8\nv9\n", Consume("a", "--partition", "0", "--offset", "8", "--exit").Output);
        Assert.Equal(11, Consume("a", "ab", "--exit").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal("", Consume("a", "--offset", "end", "--exit").Output);
    }

    [Theory]
    [InlineData("which topics? Name them, or give a --pattern.")]
    [InlineData("which topics?", "a", "--pattern", "b", "--group", "g")]
    [InlineData("--pattern goes with --group.", "--pattern", "b")]
    [InlineData("--no-commit goes with --group", "a", "--no-commit")]
    [InlineData("--partition does not go with --group", "a", "--group", "g", "--partition", "1")]
    [InlineData("--offset is '7'; with --group", "a", "--group", "g", "--offset", "7")]
    [InlineData("--offset is 'x'; it must be beginning, end, or a number", "a", "--offset", "x")]
    [InlineData("\"(\" is no pattern of topic names", "--pattern", "(", "--group", "g")]
    public void What_cannot_be_is_refused(string message, params string[] arguments)
    {
        HpkResult result = Consume(arguments);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(message, result.Error);
    }

    private async Task<long?> CommittedAsync(string group) => (await _client.Groups.OffsetsAsync(group))[0].Committed;

    private HpkResult Consume(params string[] arguments) => Hpk.Run(["consume", .. arguments, "--bootstrap", _cluster.BootstrapServers]);
}
