namespace HighPerf.Kafka.Interop.Tests.ConfluentClient;

using HighPerf.Kafka.Interop.Tests.Peers;
using HighPerf.Kafka.Interop.Tests.Scenarios;

/// <summary>
/// librdkafka's mock cluster and the embedded cluster under the same script. The mock is one more server with its own shortcuts, so a difference is no verdict
/// by itself: each one that stands is listed with its reason.
/// </summary>
public sealed class SideBySideTests
{
    private const string NoTimes = "the mock does not look offsets up by time";

    private static readonly (string Name, string Mock, string Ours, string Reason)[] Accepted =
    [
        ("offsets: of time 0", "End [-1]", "0", NoTimes),
        ("offsets: of time 1000", "End [-1]", "0", NoTimes),
        ("offsets: of time 1015", "End [-1]", "2", NoTimes),
        ("produce: timestamp", "LogAppendTime 1234", "CreateTime 1030", "the mock answers every Produce with this append time, and keeps the records' own"),
        ("transactions: fenced", "none", "Local_Fenced", "the mock lets every producer of a transactional id go on"),
        ("transactions: read committed", "0 1 2 3 4 kept dropped", "0 1 2 3 4 kept", "the mock names no aborted transactions in its Fetch answers"),
    ];

    [SkippableFact]
    public Task The_same_script_gets_the_same_answers()
    {
        ConfluentLibrary.Require();
        return Scenario.RunAsync(async scenario =>
        {
            scenario.Log.Expect("(?i)unknown (topic|partition)|UNKNOWN_TOPIC|out of range|reset|fence|fatal|newer instance|old epoch");
            await scenario.CreateTopicAsync("one", 1);
            await scenario.CreateTopicAsync("three", 3);
            using LibrdkafkaMockCluster mock = new(3);
            mock.SetInitialRebalanceDelay(TimeSpan.Zero);
            mock.CreateTopic("one", 1);
            mock.CreateTopic("three", 3);

            Task<SortedDictionary<string, string>> byMock = PlayAsync(mock.BootstrapServers, new ClientLog(), scenario.Limit);
            Task<SortedDictionary<string, string>> byOurs = PlayAsync(scenario.BootstrapServers, scenario.Log, scenario.Limit);
            SortedDictionary<string, string> ours = await byOurs;
            SortedDictionary<string, string> theirs = await byMock;

            Assert.Equal(theirs.Keys, ours.Keys);
            Assert.Equal(
                Accepted.Select(static known => $"{known.Name}: {known.Mock} | {known.Ours}").Order(StringComparer.Ordinal),
                ours.Where(answer => theirs[answer.Key] != answer.Value).Select(answer => $"{answer.Key}: {theirs[answer.Key]} | {answer.Value}"));
        }, static options => options.BrokerSettings["group.min.session.timeout.ms"] = "1000");
    }

    private static Task<SortedDictionary<string, string>> PlayAsync(string bootstrapServers, ClientLog log, CancellationToken limit) =>
        Task.Run(() => new VisibleAnswers(new ConfluentClients(bootstrapServers, log), limit).PlayAsync(), limit);
}
