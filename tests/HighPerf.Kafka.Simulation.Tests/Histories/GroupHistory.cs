using HighPerf.Kafka.Runtime;
using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Simulation.Tests.Histories;

/// <summary>
/// A group whose members join, leave and die while records come, brokers fail and coordinators move, as the seed likes it; with a quiet end. Every record is
/// processed at least once, and exactly once when every hand-over was clean; nothing is committed ahead of processing, or goes back.
/// </summary>
internal static class GroupHistory
{
    private const string Topic = "simulated";

    public static HistoryResult Run(ulong seed, bool rough, Action<string>? trace = null) =>
        Run(seed, rough, new GroupSize(Members: 4, Partitions: 6, Time: TimeSpan.FromSeconds(30)), trace);

    public static HistoryResult Run(ulong seed, bool rough, GroupSize size, Action<string>? trace = null)
    {
        SimulatedEnvironment environment = new(seed, trace);
        SimulatedNetwork network = new(environment);
        int processed = 0;
        long outstanding = 0;
        environment.Run(
            async () =>
            {
                KafkaTestCluster cluster = new(environment, network, new KafkaTestClusterOptions
                {
                    Host = "broker",
                    Port = 9092,
                    Brokers = 3,
                    BrokerSettings = { ["log.retention.ms"] = "-1" }, // the records are of any time
                    OnRequest = trace is null ? null : request => trace($"{environment.Now} {request}"),
                });
                RandomSource random = environment.CreateRandom("history");
                BrokerTrouble trouble = new(environment.CreateRandom("trouble"));
                cluster.Model.Interceptor = trouble;
                await cluster.StartAsync();
                await cluster.CreateTopicAsync(Topic, size.Partitions);
                WrittenLog log = new(cluster, Topic, size.Partitions, random);
                ConsumptionLedger ledger = new(log, size.Partitions, trace) { MayRegress = rough };
                cluster.Model.Groups.OnCommitted = (_, partition, offset, epoch) => ledger.WasCommitted(partition, offset, epoch);
                network.Plan = rough ? NetworkFaultPlan.Rough : NetworkFaultPlan.Calm;
                trouble.Probability = rough ? 0.02 : 0;
                GroupTempo tempo = GroupTempo.Quick with { IsEager = random.Chance(0.3) };
                GroupChurn churn = new(
                    environment, cluster, size, random,
                    name => new GroupActor(environment, network, cluster.BootstrapServers, Topic, name, ledger, tempo, trace));
                TimeSpan end = environment.Now + size.Time;
                while (environment.Now < end)
                {
                    await log.AppendAsync(random.Next(size.Partitions), 1 + random.Next(3));
                    await churn.StepAsync(rough);
                    ledger.Check();
                    await environment.Wait(TimeSpan.FromMilliseconds(random.Next(400)));
                }

                network.Plan = NetworkFaultPlan.Calm;
                trouble.Probability = 0;
                await churn.SettleAsync(() => ledger.IsComplete());
                ledger.CheckComplete();
                outstanding = await churn.CloseAsync();
                processed = ledger.Processed;
                ledger.Check();
                ledger.CheckCommitted();
                if (churn.WasClean && !rough)
                {
                    Assert.Equal(0, ledger.Duplicates);
                }

                await cluster.DisposeAsync();
            },
            limit: (3 * size.Time) + TimeSpan.FromMinutes(30));
        return new HistoryResult(environment.Log.Hash, environment.Log.Count, environment.Now, processed, outstanding);
    }
}
