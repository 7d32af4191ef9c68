using System.Runtime.CompilerServices;
using HighPerf.Kafka.Consuming;
using HighPerf.Kafka.Protocol.Records;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka;

/// <summary>
/// Reads records: one by one (<see cref="ReadAllAsync"/>, <see cref="TryRead"/>) or as batches of views (<see cref="TryReadBatch"/>), of partitions that
/// were assigned, or that its group gives it (<see cref="Subscribe(IReadOnlyList{string}, IRebalanceListener?)"/>). One reader at a time;
/// <see cref="Seek(TopicPartition, long)"/>, <see cref="Pause"/> and <see cref="Resume"/> belong to the reader too. Batches that were read may be used on
/// other threads, and offsets stored and committed from any.
/// </summary>
public sealed partial class KafkaConsumer<TKey, TValue> : IAsyncDisposable
{
    private readonly ConsumerSession _session;
    private readonly RecordReader _reader;
    private readonly IDeserializer<TKey> _keys;
    private readonly IDeserializer<TValue> _values;
    private ReaderGuard _guard;
    private ConsumedBatch _current; // owner: the reader; the batch that records are read from one by one
    private bool _hasCurrent; // owner: the reader
    private bool _isSubscribed; // owner: the reader

    internal KafkaConsumer(ConsumerSession session, IDeserializer<TKey> keys, IDeserializer<TValue> values)
    {
        _session = session;
        _reader = new RecordReader(session);
        _keys = keys;
        _values = values;
    }

    /// <summary>What stands behind this face, for tests.</summary>
    internal ConsumerSession Session => _session;

    /// <summary>The partitions that are assigned, in the order they were given.</summary>
    public IReadOnlyList<TopicPartition> Assignment => Array.ConvertAll(_session.Assignment, static cursor => cursor.TopicPartition);

    /// <summary>Reads from these partitions from now on, and from no others. No group decides about them.</summary>
    /// <param name="partitions">Each with an offset, or one of the places that <see cref="TopicPartitionOffset"/> names.</param>
    /// <exception cref="InvalidOperationException">The consumer subscribes to topics: its group assigns.</exception>
    public void Assign(params IReadOnlyList<TopicPartitionOffset> partitions)
    {
        ArgumentNullException.ThrowIfNull(partitions);
        for (int i = 0; i < partitions.Count; i++)
        {
            TopicPartitionOffset place = partitions[i];
            ArgumentException.ThrowIfNullOrEmpty(place.Topic, nameof(partitions));
            ArgumentOutOfRangeException.ThrowIfNegative(place.Partition, nameof(partitions));
            CheckOffset(place.Offset);
            for (int j = 0; j < i; j++)
            {
                if (partitions[j].Topic == place.Topic && partitions[j].Partition == place.Partition)
                {
                    throw new ArgumentException($"{place.Topic}-{place.Partition} is named twice.", nameof(partitions));
                }
            }
        }

        EnterOrThrow();
        try
        {
            if (_isSubscribed)
            {
                throw new InvalidOperationException("This consumer subscribes to topics, so its group assigns partitions. Call UnsubscribeAsync first.");
            }

            CleanUp();
            _session.Assign(partitions);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Waits until something can be read; false when the consumer is closed. Asks for the next: what was read before counts as processed.</summary>
    /// <exception cref="InvalidOperationException">Nothing is assigned, and nothing subscribed to.</exception>
    /// <exception cref="KafkaException">The group, or a topic of the subscription, is not for this consumer: the message says which, and what to
    /// do.</exception>
    public async ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken = default)
    {
        while (!Ask())
        {
            if (_session.IsClosed)
            {
                return false;
            }

            ThrowUnlessAssigned();
            await _session.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        return !_session.IsClosed;
    }

    /// <summary>
    /// Takes the next batch if one is there. The position moves behind it. The caller disposes it.
    /// </summary>
    /// <exception cref="KafkaProtocolException">The next batch of a partition is damaged: the position stays before it, and the partition rests until
    /// it is sought.</exception>
    /// <exception cref="KafkaException">A partition cannot be read: the message says which, and what to do.</exception>
    public bool TryReadBatch(out ConsumedBatch batch)
    {
        batch = default;
        if (!_guard.TryEnter())
        {
            return false;
        }

        try
        {
            _reader.Ask();
            if (_hasCurrent)
            {
                // Reading went on record by record so far; the rest of that batch comes as a batch, from the next record on.
                DropCurrent();
                _reader.Reopen();
            }

            if (!_reader.TryReadBatch(out BatchLease? lease))
            {
                return false;
            }

            batch = new ConsumedBatch(lease!);
            return true;
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Takes the next record if one is there. The position moves behind it, and what was raw in the record before is gone.</summary>
    /// <inheritdoc cref="TryReadBatch"/>
    public bool TryRead(out ConsumedRecord<TKey, TValue> record)
    {
        record = default;
        if (!_guard.TryEnter())
        {
            return false;
        }

        try
        {
            _reader.Ask();
            return TryReadGuarded(out record);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>
    /// Reads record by record, until the token fires or the consumer is closed. Keys and values are the caller's; raw bytes and headers live until the
    /// next record.
    /// </summary>
    public async IAsyncEnumerable<ConsumedRecord<TKey, TValue>> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (await WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            while (TryRead(out ConsumedRecord<TKey, TValue> record))
            {
                yield return record;
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
    }

    /// <summary>Moves the position of an assigned partition. What was received for the old one is not delivered any more.</summary>
    /// <param name="partition">An assigned partition.</param>
    /// <param name="offset">An offset, or one of the places that <see cref="TopicPartitionOffset"/> names.</param>
    /// <exception cref="InvalidOperationException">The partition is not assigned.</exception>
    public void Seek(TopicPartition partition, long offset)
    {
        CheckOffset(offset);
        _session.Seek(_session.Find(partition), offset);
    }

    /// <summary>The offset of the next record to be read; negative while it is not known yet.</summary>
    /// <exception cref="InvalidOperationException">The partition is not assigned.</exception>
    public long Position(TopicPartition partition) => _session.Find(partition).Position;

    /// <summary>The first offset that each partition still has. The partitions need not be assigned.</summary>
    /// <exception cref="KafkaException">A partition does not exist, or no broker answered in time.</exception>
    public Task<IReadOnlyList<TopicPartitionOffset>> BeginningOffsetsAsync(
        IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken = default) =>
        _session.FindOffsetsAsync(partitions, TopicPartitionOffset.Beginning, cancellationToken);

    /// <summary>
    /// The offset behind the last record of each partition; under read_committed, behind the last one that may be read. The partitions need not be
    /// assigned.
    /// </summary>
    /// <inheritdoc cref="BeginningOffsetsAsync"/>
    public Task<IReadOnlyList<TopicPartitionOffset>> EndOffsetsAsync(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken = default) =>
        _session.FindOffsetsAsync(partitions, TopicPartitionOffset.End, cancellationToken);

    /// <summary>The offset of the first record of each partition at or after a time; -1 where there is none. The partitions need not be assigned.</summary>
    /// <inheritdoc cref="BeginningOffsetsAsync"/>
    public Task<IReadOnlyList<TopicPartitionOffset>> OffsetsForTimeAsync(
        IReadOnlyList<TopicPartition> partitions, DateTimeOffset time, CancellationToken cancellationToken = default) =>
        _session.FindOffsetsAsync(partitions, Math.Max(time.ToUnixTimeMilliseconds(), 0), cancellationToken);

    /// <summary>Delivers nothing of a partition until <see cref="Resume"/>. Its position stays, and what was received ahead is kept.</summary>
    /// <exception cref="InvalidOperationException">The partition is not assigned.</exception>
    public void Pause(TopicPartition partition) => _session.Find(partition).IsPaused = true;

    /// <summary>Ends a pause.</summary>
    /// <exception cref="InvalidOperationException">The partition is not assigned.</exception>
    public void Resume(TopicPartition partition)
    {
        PartitionCursor cursor = _session.Find(partition);
        if (_guard.TryEnter())
        {
            _reader.Resume(cursor);
            Leave();
            _session.Resume(cursor);
        }
    }

    /// <summary>
    /// Stops fetching, ends a wait of the reader, commits what is stored, and leaves the group; takes at most
    /// <see cref="ConsumerOptions.CloseTimeout"/>. The record that was read last, and that nobody asked to go beyond, does not count as processed: store it
    /// first if it is. Batches that are held stay readable until they are disposed. Idempotent.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        await _session.CloseAsync().ConfigureAwait(false);
        if (_guard.Close())
        {
            CleanUp();
        }
    }

    private bool TryReadGuarded(out ConsumedRecord<TKey, TValue> record)
    {
        while (true)
        {
            if (_hasCurrent)
            {
                if (_reader.IsInterrupted)
                {
                    DropCurrent(); // sought, paused or assigned anew in the middle of the batch
                    _reader.Reopen();
                    continue;
                }

                if (_reader.TryReadNext(out RecordView view, out ReadOnlyMemory<byte> headers))
                {
                    record = Read(view, headers);
                    return true;
                }

                DropCurrent();
            }

            if (!_reader.TryReadBatch(out BatchLease? lease))
            {
                record = default;
                return false;
            }

            _current = new ConsumedBatch(lease!);
            _hasCurrent = true;
            _reader.BeginRecords(lease!);
        }
    }

    // The next is asked for: what was delivered before is processed. Whether there may be something to read.
    private bool Ask()
    {
        if (!_guard.TryEnter())
        {
            return false;
        }

        try
        {
            _reader.Ask();
            return _hasCurrent || _reader.CanRead;
        }
        finally
        {
            Leave();
        }
    }

    private void ThrowUnlessAssigned()
    {
        if (_session.Assignment.Length == 0 && !_isSubscribed)
        {
            throw new InvalidOperationException("No partition is assigned to this consumer. Call Assign or Subscribe first.");
        }
    }

    private void EnterOrThrow()
    {
        if (!_guard.TryEnter())
        {
            throw new ObjectDisposedException(nameof(KafkaConsumer<TKey, TValue>), "The consumer is closed.");
        }
    }

    private static void CheckOffset(long offset)
    {
        if (offset < 0 && offset is not (TopicPartitionOffset.Beginning or TopicPartitionOffset.End or TopicPartitionOffset.Stored))
        {
            throw new ArgumentOutOfRangeException(
                nameof(offset), offset, "An offset is 0 or more, or TopicPartitionOffset.Beginning, .End or .Stored.");
        }
    }

    private ConsumedRecord<TKey, TValue> Read(in RecordView view, ReadOnlyMemory<byte> headers)
    {
        string part = "key";
        _keyHash = !_hashesKeys ? 0 : view.IsKeyNull ? ++_keyless : StableHash.Add(0, view.Key);
        try
        {
            TKey key = _keys.Deserialize(view.Key, view.IsKeyNull);
            part = "value";
            TValue value = _values.Deserialize(view.Value, view.IsValueNull);
            return new ConsumedRecord<TKey, TValue>(_reader.Lease, view, key, value, headers);
        }
        catch (Exception e)
        {
            throw new KafkaSerializationException(
                $"The {part} of the record {_current.TopicPartition}@{view.Offset} could not be read: {e.Message} The next read goes on behind it.", e)
            {
                Record = new TopicPartitionOffset(_current.Topic, _current.Partition, view.Offset),
            };
        }
    }

    private void Leave()
    {
        if (_guard.Leave())
        {
            CleanUp();
        }
    }

    private void CleanUp()
    {
        DropCurrent();
        _reader.DropAll();
    }

    private void DropCurrent()
    {
        if (_hasCurrent)
        {
            _hasCurrent = false;
            _current.Dispose();
            _current = default;
        }
    }
}
