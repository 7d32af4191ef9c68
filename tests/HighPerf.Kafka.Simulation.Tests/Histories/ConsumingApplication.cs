using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Simulation.Tests.Histories;

/// <summary>The application of a <see cref="ConsumeHistory"/>: it knows where each partition stands and what must come next.</summary>
internal sealed class ConsumingApplication
{
    private readonly SimulatedEnvironment _environment;
    private readonly KafkaConsumer<string, string> _consumer;
    private readonly WrittenLog _log;
    private readonly string _topic;
    private readonly int _partitions;
    private readonly RandomSource _random;
    private readonly Action<string>? _trace;
    private readonly long _prefetchBytes;
    private readonly SortedDictionary<int, Place> _places = [];
    private readonly SortedSet<int> _paused = [];
    private readonly List<(ConsumedBatch Batch, List<string> Values)> _held = [];

    public ConsumingApplication(
        SimulatedEnvironment environment, KafkaClient kafka, WrittenLog log, string topic, int partitions, RandomSource random, Action<string>? trace)
    {
        _environment = environment;
        _log = log;
        _topic = topic;
        _partitions = partitions;
        _random = random;
        _trace = trace;
        _prefetchBytes = 1024 << random.Next(6);
        _consumer = kafka.CreateConsumer<string, string>(new ConsumerOptions
        {
            GroupId = "simulated",
            EnableAutoCommit = false, // nothing is stored: the policy says where "stored" is
            PrefetchBytes = _prefetchBytes,
            PartitionFetchMaxBytes = 1024 << random.Next(5),
            FetchMaxBytes = 1024 << random.Next(6),
            RequestTimeout = TimeSpan.FromSeconds(2),
            IsolationLevel = random.Chance(0.5) ? IsolationLevel.ReadCommitted : IsolationLevel.ReadUncommitted,
        });
        Assign();
    }

    public int Delivered { get; private set; }

    /// <summary>Does one thing of the seed's choice, and checks what must hold after each.</summary>
    public async Task StepAsync()
    {
        switch (_random.Next(12))
        {
            case 0:
                Seek();
                break;
            case 1:
                Pause();
                break;
            case 2:
                Resume();
                break;
            case 3 when _random.Chance(0.4):
                Assign();
                break;
            case 4:
                await _log.AppendAsync(_random.Next(_partitions), 1 + _random.Next(4));
                break;
            case 5 or 6:
                GiveBack(_random.Next(_held.Count + 1));
                break;
            case 7:
                await _environment.Wait(TimeSpan.FromMilliseconds(_random.Next(700)));
                break;
            case 8 or 9:
                await WaitAsync();
                ReadBatches(1 + _random.Next(5));
                break;
            default:
                await WaitAsync();
                ReadRecords(1 + _random.Next(60));
                break;
        }

        CheckBound();
    }

    /// <summary>Reads until every partition is at its end; hangs, and so fails, when one does not get there.</summary>
    public async Task ReadToTheEndAsync()
    {
        GiveBack(_held.Count);
        while (_places.Any(place => place.Value.Lowest < 0 || _log.Next(place.Key, place.Value.Lowest) is not null))
        {
            foreach (int partition in _paused.ToArray())
            {
                Resume(partition);
            }

            // Partitions that were to begin at an end that has no records behind it are known by their position.
            foreach ((int partition, Place place) in _places.ToArray())
            {
                if (!place.IsExact && _consumer.Position(new TopicPartition(_topic, partition)) >= _log.End(partition))
                {
                    _places[partition] = new Place(_log.End(partition), IsExact: true);
                }
            }

            if (!await WaitAsync())
            {
                continue;
            }

            ReadBatches(_random.Next(3));
            GiveBack(_held.Count);
            ReadRecords(_random.Next(100));
            CheckBound();
        }
    }

    /// <summary>Closes in whatever state it is; a wait that is under way ends, and held batches stay readable.</summary>
    public async Task CloseAsync()
    {
        Task<bool>? waiting = _places.Count > 0 && _random.Chance(0.5) ? _consumer.WaitToReadAsync().AsTask() : null;
        if (_random.Chance(0.3))
        {
            await _environment.Wait(TimeSpan.FromMilliseconds(_random.Next(100)));
        }

        Task closing = _consumer.DisposeAsync().AsTask();
        if (_random.Chance(0.5))
        {
            GiveBack(_random.Next(_held.Count + 1));
        }

        await closing;
        if (waiting is not null)
        {
            await waiting;
        }

        Assert.False(await _consumer.WaitToReadAsync());
        Assert.False(_consumer.TryReadBatch(out _));
        GiveBack(_held.Count);
        Assert.Equal(0, _consumer.Session.BufferedBytes);
    }

    private async Task<bool> WaitAsync()
    {
        if (_places.Count == 0)
        {
            return false;
        }

        using CancellationTokenSource patience = new(TimeSpan.FromMilliseconds(50 + _random.Next(1500)), _environment.Time);
        try
        {
            Assert.True(await _consumer.WaitToReadAsync(patience.Token));
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private void ReadBatches(int count)
    {
        while (count-- > 0 && _consumer.TryReadBatch(out ConsumedBatch batch))
        {
            List<string> values = [];
            foreach (RecordView record in batch)
            {
                values.Add(System.Text.Encoding.UTF8.GetString(record.Value));
                Check(batch.TopicPartition, record.Offset, values[^1]);
            }

            Arrive(batch.TopicPartition, batch.NextOffset);
            _held.Add((batch, values));
            if (_random.Chance(0.7))
            {
                GiveBack(1);
            }
        }
    }

    private void ReadRecords(int count)
    {
        while (count-- > 0 && _consumer.TryRead(out ConsumedRecord<string, string> record))
        {
            Check(record.TopicPartition, record.Offset, record.Value!);
            Arrive(record.TopicPartition, record.Offset + 1);
            if (_random.Chance(0.02))
            {
                Seek();
            }
            else if (_random.Chance(0.02))
            {
                Pause();
            }
        }
    }

    private void Check(TopicPartition partition, long offset, string value)
    {
        string what = $"{partition}@{offset}";
        Assert.True(_places.TryGetValue(partition.Partition, out Place place), $"{what} was delivered and is not assigned");
        Assert.False(_paused.Contains(partition.Partition), $"{what} was delivered and is paused");
        Assert.True(offset >= place.Lowest, $"{what} was delivered, and {place.Lowest} was due");
        (long Offset, string Value) due = _log.Next(partition.Partition, place.IsExact ? place.Lowest : offset)!.Value;
        Assert.True(due.Offset == offset, $"{what} was delivered, and {due.Offset} was due (after {place.Lowest})");
        Assert.Equal(due.Value, value);
        Delivered++;
        Arrive(partition, offset + 1);
    }

    private void Arrive(TopicPartition partition, long next)
    {
        _places[partition.Partition] = new Place(next, IsExact: true);
        _trace?.Invoke($"application: {partition} is at {next}");
    }

    private void Assign()
    {
        _places.Clear();
        _paused.Clear();
        List<TopicPartitionOffset> wanted = [];
        for (int partition = 0; partition < _partitions; partition++)
        {
            if (_random.Chance(0.75))
            {
                wanted.Add(new TopicPartitionOffset(_topic, partition, ChoosePlace(partition)));
            }
        }

        _trace?.Invoke($"application: assigns {string.Join(' ', wanted)}");
        _consumer.Assign(wanted);
    }

    private void Seek()
    {
        if (Choose(_places.Keys) is { } partition)
        {
            long offset = ChoosePlace(partition);
            _trace?.Invoke($"application: seeks {partition} to {offset}");
            _consumer.Seek(new TopicPartition(_topic, partition), offset);
        }
    }

    // Where nothing is stored and where the log does not reach, the policy begins at the start.
    private long ChoosePlace(int partition)
    {
        switch (_random.Next(6))
        {
            case 0:
                _places[partition] = new Place(0, IsExact: true);
                return TopicPartitionOffset.Beginning;
            case 1:
                _places[partition] = new Place(0, IsExact: true);
                return TopicPartitionOffset.Stored;
            case 2:
                _places[partition] = new Place(_log.End(partition), IsExact: false);
                return TopicPartitionOffset.End;
            case 3 when _random.Chance(0.3):
                _places[partition] = new Place(0, IsExact: true);
                return 1_000_000;
            default:
                long offset = _random.Next((int)_log.End(partition) + 1);
                _places[partition] = new Place(offset, IsExact: true);
                return offset;
        }
    }

    private void Pause()
    {
        if (Choose(_places.Keys) is { } partition)
        {
            _trace?.Invoke($"application: pauses {partition}");
            _consumer.Pause(new TopicPartition(_topic, partition));
            _paused.Add(partition);
        }
    }

    private void Resume()
    {
        if (Choose(_paused) is { } partition)
        {
            Resume(partition);
        }
    }

    private void Resume(int partition)
    {
        _trace?.Invoke($"application: resumes {partition}");
        _consumer.Resume(new TopicPartition(_topic, partition));
        _paused.Remove(partition);
    }

    private int? Choose(IReadOnlyCollection<int> partitions) => partitions.Count == 0 ? null : partitions.ElementAt(_random.Next(partitions.Count));

    // What was handed out is still what it was, however long it was held.
    private void GiveBack(int count)
    {
        for (; count > 0 && _held.Count > 0; count--)
        {
            int index = _random.Next(_held.Count);
            (ConsumedBatch batch, List<string> values) = _held[index];
            _held.RemoveAt(index);
            int next = 0;
            foreach (RecordView record in batch)
            {
                Assert.Equal(values[next++], System.Text.Encoding.UTF8.GetString(record.Value));
            }

            Assert.Equal(values.Count, next);
            batch.Dispose();
        }
    }

    // Two lanes of each broker may bring what there was room for, and every partition one batch beyond. A batch that is held keeps its answer, or as much of
    // it as was copied, and what it was decompressed to.
    private void CheckBound()
    {
        long answer = Math.Max(_prefetchBytes / 8, _log.LargestBatch) + 1000;
        long bound = (2 * _prefetchBytes) + ((_log.LargestBatch + answer) * (_partitions + _held.Count + 2));
        Assert.True(_consumer.Session.BufferedBytes <= bound, $"{_consumer.Session.BufferedBytes} bytes are held; {bound} may be");
    }

    /// <summary>Where a partition stands.</summary>
    /// <param name="Lowest">No record below may come.</param>
    /// <param name="IsExact">Whether the first record from there on is due; otherwise it begins somewhere behind.</param>
    private readonly record struct Place(long Lowest, bool IsExact);
}
