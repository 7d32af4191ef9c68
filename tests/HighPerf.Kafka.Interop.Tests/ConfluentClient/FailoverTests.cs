namespace HighPerf.Kafka.Interop.Tests.ConfluentClient;

using System.Text;
using Confluent.Kafka;
using HighPerf.Kafka.Interop.Tests.Peers;
using HighPerf.Kafka.Interop.Tests.Scenarios;
using HighPerf.Kafka.Testing;

/// <summary>Leaders move and brokers go away while Confluent.Kafka's producer writes: nothing is lost, nothing stands twice, order is kept.</summary>
public sealed class FailoverTests
{
    private const string Topic = "moving";
    private const int Partitions = 3;

    [SkippableFact]
    public Task Leaders_move() => RunAsync(async (cluster, round) =>
    {
        for (int partition = 0; partition < Partitions; partition++)
        {
            await cluster.MoveLeaderAsync(Topic, partition, 1 + ((partition + round) % 3));
        }
    });

    [SkippableFact]
    public Task A_broker_stops_and_starts_again() => RunAsync(static async (cluster, round) =>
    {
        int broker = 1 + (round / 2 % 3);
        await (round % 2 == 0 ? cluster.StopBrokerAsync(broker) : cluster.StartBrokerAsync(broker));
    });

    [SkippableFact]
    public Task A_broker_is_killed_and_starts_again() => RunAsync(static async (cluster, round) =>
    {
        int broker = 1 + (round / 2 % 3);
        await (round % 2 == 0 ? cluster.KillBrokerAsync(broker) : cluster.StartBrokerAsync(broker));
    });

    /// <summary>Something happens to the cluster six times, each time when some hundred records more are acknowledged.</summary>
    private static Task RunAsync(Func<KafkaTestCluster, int, Task> disturb)
    {
        const int Rounds = 6;
        const int PerRound = 300;
        ConfluentLibrary.Require();
        return Scenario.RunAsync(async scenario =>
        {
            // What a client says when it loses a broker.
            scenario.Log.Expect("(?i)disconnect|connection refused|brokers are down|leader|not available|transport|unavailable");
            ConfluentClients clients = new(scenario.BootstrapServers, scenario.Log);
            using (IAdminClient admin = clients.CreateAdmin())
            {
                await admin.CreateTopicsAsync([new() { Name = Topic, NumPartitions = Partitions, ReplicationFactor = 3 }]);
            }

            List<string> expected = [];
            using (IProducer<byte[]?, byte[]?> producer = clients.CreateProducer())
            {
                List<Task<DeliveryResult<byte[]?, byte[]?>>> sends = [];
                for (int number = 0; number < (Rounds + 1) * PerRound; number++)
                {
                    int partition = number % Partitions;
                    expected.Add($"{partition} {number}");
                    Message<byte[]?, byte[]?> message = new() { Value = Encoding.UTF8.GetBytes(expected[^1]) };
                    sends.Add(producer.ProduceAsync(new TopicPartition(Topic, partition), message, scenario.Limit));
                    if (number % PerRound == PerRound - 1 && number / PerRound < Rounds)
                    {
                        // The last hundred may be under way.
                        await sends[^100];
                        await disturb(scenario.Cluster, number / PerRound);
                    }
                }

                Assert.All(await Task.WhenAll(sends), static result => Assert.Equal(PersistenceStatus.Persisted, result.Status));
            }

            List<PeerRecord> read = ConfluentRecords.ReadAll(clients, Topic, Partitions, scenario.Limit);
            Assert.Equal(expected.OrderBy(static value => value[0]), read.Select(static record => Encoding.UTF8.GetString(record.Value!)));
        });
    }
}
