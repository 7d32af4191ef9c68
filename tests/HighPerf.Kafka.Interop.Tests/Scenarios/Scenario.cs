using System.Text;
using HighPerf.Kafka.Interop.Tests.Peers;
using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Interop.Tests.Scenarios;

/// <summary>
/// One story played by clients that others wrote, on an embedded cluster over TCP. It fails when the story does, when it takes too long, and when a client's
/// log speaks of answers that it did not understand.
/// </summary>
internal sealed class Scenario
{
    /// <summary>Far more than any scenario needs on a busy machine.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(45);

    private readonly StringBuilder _brokerLog = new();

    private Scenario(CancellationToken limit) => Limit = limit;

    public KafkaTestCluster Cluster { get; private set; } = null!;

    public string BootstrapServers => Cluster.BootstrapServers;

    public ClientLog Log { get; } = new();

    /// <summary>Ends the scenario's waits when it has taken too long.</summary>
    public CancellationToken Limit { get; }

    public static async Task RunAsync(Func<Scenario, Task> story, Action<KafkaTestClusterOptions>? change = null)
    {
        using CancellationTokenSource limit = new(Patience);
        Scenario scenario = new(limit.Token);
        KafkaTestClusterOptions options = new() { Brokers = 3, Transport = KafkaTestTransport.Tcp, MaxMessageBytes = 16 * 1024 * 1024 };
        options.BrokerSettings["group.consumer.min.heartbeat.interval.ms"] = "100";
        options.BrokerSettings["group.consumer.heartbeat.interval.ms"] = "100";
        options.Log = scenario.TakeBrokerLine;
        change?.Invoke(options);
        await using KafkaTestCluster cluster = await KafkaTestCluster.StartAsync(options, limit.Token);
        scenario.Cluster = cluster;
        try
        {
            // On a thread of the pool: strangers' clients block. The wait ends even when one of them never returns.
            await Task.Run(() => story(scenario), CancellationToken.None).WaitAsync(Patience + TimeSpan.FromSeconds(5), CancellationToken.None);
            scenario.Log.AssertClean();
        }
        catch (Exception exception) when (exception is not SkipException)
        {
            throw new ScenarioException($"{exception}\n--- clients\n{scenario.Log}\n--- brokers\n{scenario.BrokerLog}");
        }
    }

    /// <summary>A topic with a copy of each partition on every broker.</summary>
    public Task CreateTopicAsync(string name, int partitions) => Cluster.CreateTopicAsync(name, partitions, replicationFactor: 3, Limit);

    private string BrokerLog
    {
        get
        {
            lock (_brokerLog)
            {
                return _brokerLog.ToString();
            }
        }
    }

    private void TakeBrokerLine(string line)
    {
        lock (_brokerLog)
        {
            _brokerLog.Append(DateTime.UtcNow.ToString("mm:ss.fff ")).Append(line).Append('\n');
        }
    }
}
