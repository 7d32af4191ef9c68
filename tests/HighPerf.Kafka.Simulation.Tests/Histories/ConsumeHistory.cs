using HighPerf.Kafka.Runtime;
using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Simulation.Tests.Histories;

/// <summary>
/// One consumer that reads, seeks, pauses, is assigned anew and is closed as the seed likes it, against the embedded broker, over a network and a broker that
/// the seed disturbs. Checks at every record that it is the next one, at every step what is held, and at the end that nothing is.
/// </summary>
internal static class ConsumeHistory
{
    private const int Partitions = 4;
    private const string Topic = "simulated";

    public static HistoryResult Run(ulong seed, bool rough, Action<string>? trace = null) => Run(seed, rough, isCluster: false, trace);

    /// <summary>Against three brokers, with three replicas of everything, that come and go: leaders change under the consumer's fetch sessions.</summary>
    public static HistoryResult RunCluster(ulong seed, bool rough, Action<string>? trace = null) => Run(seed, rough, isCluster: true, trace);

    private static HistoryResult Run(ulong seed, bool rough, bool isCluster, Action<string>? trace)
    {
        SimulatedEnvironment environment = new(seed, trace);
        SimulatedNetwork network = new(environment);
        int delivered = 0;
        long outstanding = 0;
        environment.Run(
            async () =>
            {
                KafkaTestClusterOptions clusterOptions = new() { Host = "broker", Port = 9092, Log = trace };
                if (isCluster)
                {
                    clusterOptions.Brokers = ClusterActor.Brokers;
                    clusterOptions.DefaultReplicationFactor = ClusterActor.Brokers;
                    clusterOptions.ReplicationDelay = TimeSpan.Zero;
                }

                KafkaTestCluster cluster = new(environment, network, clusterOptions);
                RandomSource random = environment.CreateRandom("application");
                BrokerTrouble trouble = new(environment.CreateRandom("trouble"));
                cluster.Model.Interceptor = trouble;
                await cluster.StartAsync();
                await cluster.CreateTopicAsync(Topic, Partitions);
                WrittenLog log = new(cluster, Topic, Partitions, random);
                for (int partition = 0; partition < Partitions; partition++)
                {
                    await log.AppendAsync(partition, random.Next(30));
                }

                network.Plan = rough ? NetworkFaultPlan.Rough : NetworkFaultPlan.Calm;
                trouble.Probability = rough ? 0.1 : 0;
                KafkaClient kafka = CreateClient(cluster, network, environment);
                ClusterActor actor = new(environment, cluster, [Topic], Partitions) { HoldsFollowers = false };
                Task acting = isCluster ? actor.RunAsync() : Task.CompletedTask;
                ConsumingApplication application = new(environment, kafka, log, Topic, Partitions, random, trace);
                for (int i = 0; i < 60; i++)
                {
                    await application.StepAsync();
                }

                actor.IsOver = true;
                await acting;
                if (random.Chance(0.7))
                {
                    network.Plan = NetworkFaultPlan.Calm;
                    trouble.Probability = 0;
                    await application.ReadToTheEndAsync();
                }

                await application.CloseAsync();
                await kafka.DisposeAsync();
                await cluster.DisposeAsync();
                delivered = application.Delivered;
                outstanding = kafka.Runtime.Buffers.OutstandingBuffers;
            },
            limit: TimeSpan.FromMinutes(30));
        return new HistoryResult(environment.Log.Hash, environment.Log.Count, environment.Now, delivered, outstanding);
    }

    private static KafkaClient CreateClient(KafkaTestCluster cluster, ITransport network, RuntimeEnvironment environment) => new(
        new KafkaClientOptions
        {
            BootstrapServers = cluster.BootstrapServers,
            Transport = network,
            RequestTimeout = TimeSpan.FromSeconds(2),
            ConnectTimeout = TimeSpan.FromSeconds(2),
        },
        environment);
}
