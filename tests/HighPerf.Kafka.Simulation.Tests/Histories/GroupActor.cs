using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Simulation.Tests.Histories;

/// <summary>
/// One member of a group: a process of its own with a client of its own, that reads by records or by batches, takes its time, commits now and then, and
/// leaves or dies when it is told.
/// </summary>
internal sealed class GroupActor : IRebalanceListener
{
    private readonly SimulatedEnvironment _environment;
    private readonly ConsumptionLedger _ledger;
    private readonly RandomSource _random;
    private readonly MortalTransport _transport;
    private readonly KafkaClient _client;
    private readonly KafkaConsumer<string, string> _consumer;
    private readonly Action<string>? _trace;
    private readonly int _slownessMs;
    private readonly bool _readsBatches;
    private bool _isOver;
    private bool _isDead;

    public GroupActor(
        SimulatedEnvironment environment, ITransport network, string servers, string topic, string name, ConsumptionLedger ledger, GroupTempo tempo,
        Action<string>? trace)
    {
        _environment = environment;
        _ledger = ledger;
        _trace = trace;
        Name = name;
        _random = environment.CreateRandom(name);
        _transport = new MortalTransport(network);
        _client = new KafkaClient(
            new KafkaClientOptions
            {
                BootstrapServers = servers,
                ClientId = name,
                Transport = _transport,
                LoggerFactory = trace is null ? null : new TraceLoggers(name, trace),
                RequestTimeout = TimeSpan.FromSeconds(2),
                ConnectTimeout = TimeSpan.FromSeconds(2),
                OperationTimeout = TimeSpan.FromSeconds(10),
                ReconnectBackoffMax = TimeSpan.FromMilliseconds(200),
            },
            environment);
        _consumer = _client.CreateConsumer<string, string>(new ConsumerOptions
        {
            GroupId = "simulated",
            SessionTimeout = tempo.SessionTimeout,
            HeartbeatInterval = tempo.HeartbeatInterval,
            MaxPollInterval = tempo.RebalanceTimeout,
            AutoCommitInterval = TimeSpan.FromMilliseconds(200 + _random.Next(2000)),
            RequestTimeout = TimeSpan.FromSeconds(2),
            CloseTimeout = TimeSpan.FromSeconds(8),
            PartitionAssignors = tempo.Assignors(_random),
        });
        _slownessMs = _random.Chance(0.5) ? 0 : 1 + _random.Next(tempo.MaxProcessingMs);
        _readsBatches = _random.Chance(0.4);
        _consumer.Subscribe([topic], this);
    }

    public string Name { get; }

    public int Overruns { get; private set; }

    public int Losses { get; private set; }

    public long OutstandingBuffers => _client.Runtime.Buffers.OutstandingBuffers;

    /// <summary>Reads until it is told to leave, or dies.</summary>
    public async Task RunAsync()
    {
        while (!_isOver && !_isDead)
        {
            using CancellationTokenSource patience = new(TimeSpan.FromMilliseconds(100 + _random.Next(400)), _environment.Time);
            try
            {
                if (!await _consumer.WaitToReadAsync(patience.Token))
                {
                    break;
                }
            }
            catch (OperationCanceledException)
            {
                await CommitSometimesAsync();
                continue;
            }

            if (_readsBatches)
            {
                await ReadBatchAsync();
            }
            else
            {
                await ReadRecordsAsync(1 + _random.Next(30));
            }

            await CommitSometimesAsync();
        }

        if (!_isDead)
        {
            await AskOnceMoreAsync();
            await CloseAsync();
        }
    }

    public void Leave() => _isOver = true;

    public void Die()
    {
        _trace?.Invoke($"{Name} dies");
        _isDead = true;
        _ledger.HasGivenUp(Name, _consumer.Assignment.Select(static partition => partition.Partition));
        _transport.Die();
    }

    /// <summary>What is left of the dead is cleaned up; it reaches nobody any more.</summary>
    public async Task CloseAsync()
    {
        TimeSpan before = _environment.Now;
        await _consumer.DisposeAsync();
        Assert.True(_environment.Now - before < TimeSpan.FromSeconds(15), $"{Name} took {_environment.Now - before} to close");
        await _client.DisposeAsync();
    }

    ValueTask IRebalanceListener.OnPartitionsAssignedAsync(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken)
    {
        _trace?.Invoke($"{Name} is given {string.Join(' ', partitions)}");
        return ValueTask.CompletedTask;
    }

    async ValueTask IRebalanceListener.OnPartitionsRevokedAsync(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken)
    {
        _trace?.Invoke($"{Name} gives up {string.Join(' ', partitions)}");
        _ledger.HasGivenUp(Name, partitions.Select(static partition => partition.Partition));
        if (!_isDead && _random.Chance(0.3))
        {
            try
            {
                await _consumer.CommitAsync(cancellationToken);
            }
            catch (Exception e) when (e is KafkaException or OperationCanceledException)
            {
                _trace?.Invoke($"{Name}: commit while revoking: {e.Message}");
            }
        }
    }

    ValueTask IRebalanceListener.OnPartitionsLostAsync(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken)
    {
        _trace?.Invoke($"{Name} has lost {string.Join(' ', partitions)}");
        _ledger.HasGivenUp(Name, partitions.Select(static partition => partition.Partition));
        Losses++;
        return ValueTask.CompletedTask;
    }

    void IRebalanceListener.OnProcessingOverran(IReadOnlyList<TopicPartition> partitions)
    {
        _trace?.Invoke($"{Name} overran on {string.Join(' ', partitions)}");
        Overruns++;
    }

    // What was read last is processed: only asking for more says so.
    private async Task AskOnceMoreAsync()
    {
        try
        {
            await _consumer.WaitToReadAsync(new CancellationToken(canceled: true));
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task ReadRecordsAsync(int count)
    {
        while (count-- > 0 && !_isOver && !_isDead && _consumer.TryRead(out ConsumedRecord<string, string> record))
        {
            _ledger.Delivered(Name, _consumer.Generation, record.Partition, record.Offset, record.Value!);
            await ProcessAsync();
            if (_isDead)
            {
                return;
            }

            _ledger.HasProcessed(Name, record.Partition, record.Offset);
        }
    }

    private async Task ReadBatchAsync()
    {
        if (!_consumer.TryReadBatch(out ConsumedBatch batch))
        {
            return;
        }

        List<long> offsets = [];
        foreach (RecordView record in batch)
        {
            string value = System.Text.Encoding.UTF8.GetString(record.Value);
            _ledger.Delivered(Name, _consumer.Generation, batch.Partition, record.Offset, value);
            offsets.Add(record.Offset);
        }

        await ProcessAsync();
        if (_isDead)
        {
            batch.Dispose();
            return;
        }

        foreach (long offset in offsets)
        {
            _ledger.HasProcessed(Name, batch.Partition, offset);
        }

        batch.Dispose();
    }

    private async Task ProcessAsync()
    {
        if (_slownessMs > 0 && _random.Chance(0.2))
        {
            await _environment.Wait(TimeSpan.FromMilliseconds(_random.Next(_slownessMs)));
        }
    }

    private async Task CommitSometimesAsync()
    {
        if (_isDead || !_random.Chance(0.05))
        {
            return;
        }

        using CancellationTokenSource patience = new(TimeSpan.FromMilliseconds(_random.Next(3000)), _environment.Time);
        TimeSpan before = _environment.Now;
        try
        {
            await _consumer.CommitAsync(patience.Token);
        }
        catch (Exception e) when (e is KafkaException or OperationCanceledException)
        {
            _trace?.Invoke($"{Name}: commit: {e.Message}");
        }

        Assert.True(_environment.Now - before < TimeSpan.FromSeconds(4), $"{Name}'s commit outlived its token");
    }
}
