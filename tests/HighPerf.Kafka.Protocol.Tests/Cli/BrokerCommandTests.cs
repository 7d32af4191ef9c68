using System.Net.Sockets;
using HighPerf.Kafka.Cli.Output;
using HighPerf.Kafka.Protocol.Tests.Wire;
using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Protocol.Tests.Cli;

public sealed class BrokerCommandTests
{
    /// <summary>Metadata version 1 for one topic: size, key, version, correlation id, client id, topics.</summary>
    private static readonly byte[] MetadataRequest =
        [0, 0, 0, 21, 0, 3, 0, 1, 0, 0, 0, 9, 0, 3, .. "cli"u8, 0, 0, 0, 1, 0, 2, .. "t1"u8];

    [Fact]
    public void It_says_where_its_brokers_listen_and_ends_with_its_input()
    {
        HpkResult result = Hpk.Run("broker", "--until-eof", "--port", "0", "--brokers", "3", "--topic", "t:6:3", "--topic", "u", "--log", "events",
            "--fault", "Produce:error=NotLeaderOrFollower,every=100", "--as-kafka", "3.9");
        Assert.Equal(0, result.ExitCode);
        Assert.Matches("^listening on 127.0.0.1:[0-9]+,127.0.0.1:[0-9]+,127.0.0.1:[0-9]+\n$", result.Output);
        Assert.Contains("topic t created with 6 partitions", result.Error);
        Assert.Contains("topic u created with 1 partitions", result.Error);
    }

    [Theory]
    [InlineData("--fault", "Produce", "hpk: --fault Produce: it has the form")]
    [InlineData("--topic", "t:x", "hpk: --topic t:x: 'x' is no number")]
    [InlineData("--topic", "t:1:9", "hpk: ")]
    [InlineData("--as-kafka", "0.7", "hpk: ")]
    [InlineData("--port", "70000", "hpk: --port is 70000")]
    public void What_cannot_be_is_refused(string option, string value, string message)
    {
        string[] arguments = option == "--port" ? ["broker", option, value] : ["broker", "--port", "0", option, value];
        HpkResult result = Hpk.Run(arguments);
        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith(message, result.Error);
    }

    [Theory]
    [InlineData(LiveLogLevel.Off, 0, 0, 0)]
    [InlineData(LiveLogLevel.Events, 1, 0, 0)]
    [InlineData(LiveLogLevel.Errors, 1, 1, 0)]
    [InlineData(LiveLogLevel.Requests, 1, 2, 0)]
    [InlineData(LiveLogLevel.Full, 1, 2, 4)]
    internal async Task The_live_log_shows_as_much_as_is_asked(LiveLogLevel level, int events, int requests, int jsons)
    {
        StringWriter output = new();
        await using (LiveLog log = new(level, output))
        {
            KafkaTestClusterOptions options = new() { Log = log.Events, OnRequest = log.Requests, RecordRequests = false };
            await using KafkaTestCluster cluster = await KafkaTestCluster.StartAsync(options);
            await cluster.CreateTopicAsync("t1");
            cluster.Faults.Fail(RequestMatch.Of(ApiKey.Metadata).Nth(2), ErrorCode.ClusterAuthorizationFailed);
            string[] address = cluster.BootstrapServers.Split(':');
            using TcpClient client = new(address[0], int.Parse(address[1]));
            for (int i = 0; i < 2; i++)
            {
                await client.GetStream().WriteAsync(MetadataRequest);
                byte[] size = new byte[4];
                await client.GetStream().ReadExactlyAsync(size);
                await client.GetStream().ReadExactlyAsync(new byte[(size[2] << 8) | size[3]]);
            }
        }

        string[] lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(events, lines.Count(line => line.StartsWith("topic t1 created", StringComparison.Ordinal)));
        string[] shown = [.. lines.Where(line => line.Contains("cli > 1 Metadata v1 t1 8B < ", StringComparison.Ordinal))];
        Assert.Equal(requests, shown.Length);
        Assert.Equal(requests > 0 ? 1 : 0, shown.Count(line => line.EndsWith(" ClusterAuthorizationFailed", StringComparison.Ordinal)));
        Assert.Equal(jsons, lines.Count(line => line.StartsWith("    ", StringComparison.Ordinal) && line.Contains("\"topics\":[", StringComparison.Ordinal)));
        Assert.Equal(events + requests + jsons, lines.Length);
    }
}
