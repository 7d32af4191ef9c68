using HighPerf.Kafka.Runtime;
using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Simulation.Tests.Histories;

/// <summary>
/// Several producers whose every option the seed chooses, records from nothing to nearly a megabyte, sent in every way there is, against one broker or three
/// that come and go. Whatever happens: records are in the log with the bytes that were sent, at most once where idempotence says so, an acknowledged one
/// exactly once and where it was said to be, one that is told as not written nowhere; those of one task and partition keep their order; a producer with time
/// enough loses nothing it accepted; every waiter completes in time; closing is bounded; no memory and no buffer is left.
/// </summary>
internal sealed class MixedProducerHistory
{
    public const int Partitions = 3;

    /// <summary>What a machine may be late by, in virtual time.</summary>
    public static readonly TimeSpan Slack = TimeSpan.FromSeconds(1);

    public static readonly string[] Topics = ["orders", "payments"];

    // Longer than any that are not patient wait.
    private static readonly TimeSpan _trouble = TimeSpan.FromMinutes(4);

    // What closing takes beyond CloseTimeout, when continuations hold it up.
    private static readonly TimeSpan _grace = TimeSpan.FromSeconds(5);

    private readonly SimulatedNetwork _network;
    private readonly List<SentRecord> _sent = [];
    private readonly Action<string>? _trace;
    private readonly bool _isCluster;
    private readonly bool _isPatient;
    private readonly bool _isFinal;

    private MixedProducerHistory(ulong seed, bool isPicky, Action<string>? trace)
    {
        IsPicky = isPicky;
        _trace = trace;
        Environment = new SimulatedEnvironment(seed, trace);
        _network = new SimulatedNetwork(Environment);
        Random = Environment.CreateRandom("mixed producers");
        _isCluster = Random.Chance(0.6);
        _isPatient = Random.Chance(0.3);
        _isFinal = !_isPatient && Random.Chance(0.4);
    }

    /// <summary>Whether topics refuse single records; tasks then also send in the ways that the other histories do not know.</summary>
    public bool IsPicky { get; }

    public SimulatedEnvironment Environment { get; }

    public RandomSource Random { get; }

    /// <param name="isPicky">Whether topics also refuse single records: those that are too large, and those without a key.</param>
    public static HistoryResult Run(ulong seed, bool isPicky = false, Action<string>? trace = null) => new MixedProducerHistory(seed, isPicky, trace).Run();

    public SentRecord Find(int number) => _sent[number];

    public SentRecord Add(MixedTask task, int length, bool hasKey)
    {
        SentRecord record = new(_sent.Count, task, length, hasKey);
        _sent.Add(record);
        return record;
    }

    private Dictionary<string, string> MakeTopicSettings()
    {
        Dictionary<string, string> settings = [];
        if (IsPicky)
        {
            settings["max.message.bytes"] = $"{500 << Random.Next(8)}";
            settings["cleanup.policy"] = Random.Chance(0.3) ? "compact" : "delete";
        }

        return settings;
    }

    public void Trace(string line) => _trace?.Invoke($"{Environment.Now} {line}");

    private HistoryResult Run()
    {
        long outstanding = 0;
        Environment.Run(
            async () =>
            {
                KafkaTestCluster cluster = new(Environment, _network, MakeClusterOptions());
                await cluster.StartAsync();
                foreach (string topic in Topics)
                {
                    await cluster.CreateTopicAsync(topic, Partitions, _isCluster ? ClusterActor.Brokers : 1, MakeTopicSettings());
                }

                _network.Plan = MakePlan();
                double probability = Random.Chance(0.2) ? 0 : 0.2 * Random.NextDouble();
                ProduceTrouble trouble = new(Environment.CreateRandom("trouble"), _isFinal) { Probability = probability };
                cluster.Model.Interceptor = trouble;
                KafkaClient kafka = new(
                    new KafkaClientOptions
                    {
                        BootstrapServers = cluster.BootstrapServers,
                        Transport = _network,
                        RequestTimeout = TimeSpan.FromSeconds(2),
                        ConnectTimeout = TimeSpan.FromSeconds(2),
                    },
                    Environment);
                ClusterActor actor = new(Environment, cluster, Topics, Partitions) { CutsNetwork = true };
                Task acting = _isCluster ? actor.RunAsync() : Task.CompletedTask;
                int producers = 1 + Random.Next(3);
                _ = CalmDownAsync(actor, trouble);
                await Task.WhenAll(Enumerable.Range(0, producers).Select(producer => ProduceAsync(kafka, producer)));
                actor.IsOver = true;
                await acting;

                // The broker may still apply what it has read.
                await Environment.Wait(TimeSpan.FromSeconds(30));
                new ProducedLog(cluster, _sent, _isCluster).Check(_isPatient && !IsPicky);
                await kafka.DisposeAsync();
                await cluster.DisposeAsync();
                outstanding = kafka.Runtime.Buffers.OutstandingBuffers;
            },
            limit: TimeSpan.FromHours(12));
        int acknowledged = _sent.Count(static record => record.Metadata is not null);
        return new HistoryResult(Environment.Log.Hash, Environment.Log.Count, Environment.Now, acknowledged, outstanding);
    }

    private KafkaTestClusterOptions MakeClusterOptions()
    {
        KafkaTestClusterOptions options = new() { Host = "broker", Port = 9092, Log = _trace is null ? null : Trace };
        if (_trace is not null)
        {
            options.OnRequest = request => Trace($"{request}{ProducedBatches.Of(request)}");
        }

        if (_isCluster)
        {
            options.Brokers = ClusterActor.Brokers;
            options.DefaultReplicationFactor = ClusterActor.Brokers;
            options.ReplicationDelay = TimeSpan.FromMilliseconds(Random.Chance(0.5) ? 0 : Random.Next(300));
            options.BrokerSettings["min.insync.replicas"] = Random.Chance(0.5) ? "1" : "2";
        }

        return options;
    }

    // A record has the time to get there only when the trouble ends some day: a megabyte never gets through a network that breaks at each hundredth piece.
    private async Task CalmDownAsync(ClusterActor actor, ProduceTrouble trouble)
    {
        await Environment.Wait(_trouble);
        actor.IsOver = true;
        trouble.Probability = 0;
        _network.Plan = NetworkFaultPlan.Calm;
    }

    private NetworkFaultPlan MakePlan() => Random.Next(4) switch
    {
        0 => NetworkFaultPlan.Calm,
        1 => NetworkFaultPlan.Rough,
        2 => NetworkFaultPlan.Rough with { Window = 4096 << Random.Next(6), BreakProbability = 0.001 },
        _ => NetworkFaultPlan.Calm with { MaxDelay = TimeSpan.FromMilliseconds(1 + Random.Next(100)), BreakProbability = 0.01 * Random.NextDouble() },
    };

    private async Task ProduceAsync(KafkaClient kafka, int number)
    {
        ProducerMix mix = new(Random, _isPatient);
        Trace($"producer {number}: {mix}");
        KafkaProducer<byte[]?, byte[]?> producer = kafka.CreateProducer<byte[]?, byte[]?>(mix.Options);
        List<Task> tasks = [];
        int count = 1 + Random.Next(4);
        for (int task = 0; task < count; task++)
        {
            tasks.Add(new MixedTask(this, producer, mix, $"{number}.{task}").RunAsync());
        }

        await (mix.ClosesEarly ? Environment.Wait(TimeSpan.FromMilliseconds(Random.Next(3000))) : Task.WhenAll(tasks));
        TimeSpan closing = Environment.Now;
        await producer.DisposeAsync();
        TimeSpan took = Environment.Now - closing;
        Assert.True(took <= mix.Options.CloseTimeout + _grace + Slack, $"closing took {took}");
        await Task.WhenAll(tasks);
        Assert.Throws<ObjectDisposedException>(() => producer.TrySend(Topics[0], null, null));
        Assert.False(producer.Engine.Memory.HasWaiters);
        for (int i = 0; i < 100 && producer.Engine.Memory.Used > 0; i++)
        {
            // What was in flight at the end of CloseTimeout is let go when its connection is gone.
            await Environment.Wait(TimeSpan.FromMilliseconds(100));
        }

        Assert.Equal(0, producer.Engine.Memory.Used);
    }
}
