using HighPerf.Kafka.Runtime;
using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Simulation.Tests.Histories;

/// <summary>
/// Kills, stops and starts the brokers of a cluster, moves leaders, and holds up followers, as its seed says. At most one broker is down, logs are kept, and
/// no election is unclean: nothing that was acknowledged by all may be lost.
/// </summary>
internal sealed class ClusterActor(SimulatedEnvironment environment, KafkaTestCluster cluster, string[] topics, int partitions)
{
    public const int Brokers = 3;

    private readonly RandomSource _random = environment.CreateRandom("cluster actor");
    private int _down;
    private int _cut;

    /// <summary>Set when the trouble is to end.</summary>
    public bool IsOver { get; set; }

    /// <summary>Whether brokers are also cut off from their clients, and turn connections away.</summary>
    public bool CutsNetwork { get; init; }

    /// <summary>Whether followers fall behind.</summary>
    public bool HoldsFollowers { get; init; } = true;

    /// <summary>Makes trouble until <see cref="IsOver"/>, then mends everything.</summary>
    public async Task RunAsync()
    {
        while (!IsOver)
        {
            await environment.Wait(TimeSpan.FromMilliseconds(_random.Next(300)));
            try
            {
                await ActAsync();
            }
            catch (InvalidOperationException)
            {
                // The leader is another one by now, or the replica is not in sync.
            }
        }

        await StartAsync();
        await HealAsync();
        foreach (string topic in topics)
        {
            for (int partition = 0; partition < partitions; partition++)
            {
                for (int broker = 1; broker <= Brokers; broker++)
                {
                    await cluster.ResumeReplicationAsync(topic, partition, broker);
                }
            }
        }
    }

    private async Task ActAsync()
    {
        int partition = _random.Next(partitions);
        int broker = 1 + _random.Next(Brokers);
        string topic = topics.Length == 1 ? topics[0] : topics[_random.Next(topics.Length)];
        switch (_random.Next(CutsNetwork ? 12 : 8))
        {
            case 0:
                await StartAsync();
                _down = broker;
                await cluster.KillBrokerAsync(broker);
                break;
            case 1:
                await StartAsync();
                _down = broker;
                await cluster.StopBrokerAsync(broker);
                break;
            case 2:
                await StartAsync();
                break;
            case 3:
                await cluster.MoveLeaderAsync(topic, partition, broker);
                break;
            case 4 when HoldsFollowers:
                await cluster.PauseReplicationAsync(topic, partition, broker);
                break;
            case 5 when HoldsFollowers:
                await cluster.DropFromInSyncAsync(topic, partition, broker);
                break;
            case 8:
                await HealAsync();
                _cut = broker;
                await cluster.Faults.PartitionNetworkAsync(broker);
                break;
            case 9:
                await HealAsync();
                _cut = broker;
                await cluster.Faults.RefuseConnectionsAsync(broker);
                break;
            case 10 or 11:
                await HealAsync();
                break;
            default:
                await cluster.ResumeReplicationAsync(topic, partition, broker);
                break;
        }
    }

    private async Task HealAsync()
    {
        if (_cut != 0)
        {
            await cluster.Faults.HealNetworkAsync(_cut);
            await cluster.Faults.AcceptConnectionsAsync(_cut);
            _cut = 0;
        }
    }

    private async Task StartAsync()
    {
        if (_down != 0)
        {
            await cluster.StartBrokerAsync(_down);
            _down = 0;
        }
    }
}
