using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Tests.Producing.Stress;

/// <summary>
/// Brokers die, stop and come back, leaders move, answers are lost, cut, delayed and wrong, connections close, clients are throttled. One thing after another
/// until it is told to end; then everything is mended. At most one broker is down, and logs are kept.
/// </summary>
internal sealed class StressFaults(KafkaTestCluster cluster, StressPace pace, string topic, int partitions, StressOptions options)
{
    private static readonly ErrorCode[] _refusals =
    [
        ErrorCode.NotLeaderOrFollower, ErrorCode.NotEnoughReplicas, ErrorCode.KafkaStorageError, ErrorCode.UnknownTopicOrPartition, ErrorCode.CorruptMessage,
    ];

    private static readonly ErrorCode[] _afterwards = [ErrorCode.NotEnoughReplicasAfterAppend, ErrorCode.RequestTimedOut, ErrorCode.NotLeaderOrFollower];

    private readonly Random _random = new(1);
    private int _down;

    /// <summary>How many there were.</summary>
    public int Count { get; private set; }

    public async Task RunAsync(CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            try
            {
                await pace.ForFaults.WaitAsync(end);
                await ActAsync();
                Count++;
            }
            catch (OperationCanceledException)
            {
                break;
            }
            catch (InvalidOperationException)
            {
                // The leader is another one by now, or the replica is not in sync.
            }
        }

        cluster.Faults.Clear();
        await StartAsync();
    }

    private Task ActAsync()
    {
        RequestMatch once = RequestMatch.Of(ApiKey.Produce).Once() with { Broker = 1 + _random.Next(cluster.Model.Brokers.Count) };
        switch (_random.Next(options.KillsBrokers ? 16 : 13))
        {
            case 0:
                cluster.Faults.LoseAnswer(once);
                return Task.CompletedTask;
            case 1:
                cluster.Faults.Close(once);
                return Task.CompletedTask;
            case 2:
                cluster.Faults.CutAnswer(once, _random.Next(60));
                return Task.CompletedTask;
            case 3:
                cluster.Faults.Delay(once, TimeSpan.FromMilliseconds(_random.Next(200)));
                return Task.CompletedTask;
            case 4:
                cluster.Faults.Throttle(once, TimeSpan.FromMilliseconds(_random.Next(100)));
                return Task.CompletedTask;
            case 5:
                cluster.Faults.FailAfterApplying(once, _afterwards[_random.Next(_afterwards.Length)]);
                return Task.CompletedTask;
            case 6 when options.RefusesForGood:
                cluster.Faults.Fail(once, ErrorCode.InvalidRecord);
                return Task.CompletedTask;
            case 7 when _random.Next(4) == 0:
                cluster.Faults.SilenceAnswer(once);
                return Task.CompletedTask;
            case < 10:
                cluster.Faults.Fail(once, _refusals[_random.Next(_refusals.Length)]);
                return Task.CompletedTask;
            case < 13:
                return cluster.MoveLeaderAsync(topic, _random.Next(partitions), 1 + _random.Next(cluster.Model.Brokers.Count));
            case < 15:
                return StopAsync(1 + _random.Next(cluster.Model.Brokers.Count));
            default:
                return StartAsync();
        }
    }

    private async Task StopAsync(int broker)
    {
        await StartAsync();
        await (_random.Next(2) == 0 ? cluster.KillBrokerAsync(broker) : cluster.StopBrokerAsync(broker));
        _down = broker;
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
