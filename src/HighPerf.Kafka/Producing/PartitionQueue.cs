using HighPerf.Kafka.Protocol.Records;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Producing;

/// <summary>
/// The waiting side of one partition: batches in the order of their first record, of which only the last one can be open. Callers append under the
/// queue's own short lock;
/// the loop takes from the front. FIFO by construction: a batch leaves at the front or fails there, and nothing is ever put back here (what is to be
/// sent again stays with
/// <see cref="PartitionDelivery"/>, which goes first).
/// </summary>
internal sealed class PartitionQueue
{
    private ShortLock _lock = new(); // not readonly: a struct that changes
    private RecordClock _clock; // owner: _lock
    private readonly Queue<ProduceBatch> _waiting = new(); // owner: _lock
    private readonly ProducerEngine _engine;
    private ProduceBatch? _open; // owner: _lock; the last of _waiting, or null
    private QueueState _state; // owner: _lock
    private long _nextOrder; // owner: _lock
    private int _usualLength; // owner: _lock; of the last batches: the next one begins with as much room, and need not grow step by step

    private int _limit; // owner: _lock; the size at which a batch is full

    public PartitionQueue(ProducerEngine engine, ProducerTopic topic, int partition)
    {
        _engine = engine;
        _limit = engine.Options.BatchSizeBytes;
        Topic = topic;
        Partition = partition;
        Delivery = new PartitionDelivery(engine.Options.IsIdempotent);
        Expiry = new QueueTimer(this, static queue => queue._engine.OnExpiryDue(queue));
        Backoff = new QueueTimer(this, static queue => queue._engine.OnBackoffDue(queue));
        Linger = new QueueTimer(this, static queue => queue._engine.OnLingerDue(queue));
    }

    public ProducerTopic Topic { get; }

    public int Partition { get; }

    /// <summary>The sending side. Owner: the loop.</summary>
    public PartitionDelivery Delivery { get; }

    /// <summary>Fires when the oldest batch has used up its delivery time. Owner: the loop.</summary>
    public QueueTimer Expiry { get; }

    /// <summary>Armed while the partition waits before it tries again. Owner: the loop.</summary>
    public QueueTimer Backoff { get; }

    /// <summary>Armed while an open batch gathers. Owner: the loop.</summary>
    public QueueTimer Linger { get; }

    /// <summary>Whether the queue stands in the producer's list of those that may linger. Owner: the loop.</summary>
    public bool IsLingering { get; set; }

    /// <summary>Whether the queue waits for a leader. Owner: the loop.</summary>
    public bool IsLeaderless { get; set; }

    /// <summary>The sender that has, or last had, batches of this partition in flight. Owner: the loop.</summary>
    public BrokerSender? Sender { get; set; }

    /// <summary>Whether the queue stands in its sender's list of ready ones. Owner: the loop.</summary>
    public bool IsListed { get; set; }

    /// <summary>Batches that wait or are in flight. Any thread: a glance without a lock, for the choice of a partition only.</summary>
    public int Load => _waiting.Count + Delivery.InFlight;

    /// <summary>
    /// Appends one record to the open batch. The fast path: a segment with room, whose memory was reserved when it was taken; nothing is shared with other
    /// partitions.
    /// </summary>
    /// <param name="ack">Who wants to know its outcome; filled in.</param>
    /// <param name="progress">What earlier attempts have brought it; memory that is used becomes the batch's. Says what to wait for when there is none.</param>
    public AppendResult Append<TValue>(
        PendingRecord record, NullableBytes key, scoped TValue value, ReadOnlySpan<RecordHeader> headers, ref AckRequest ack, ref RecordProgress progress)
        where TValue : IRecordValue, allows ref struct
    {
        using (_lock.Enter())
        {
            ProduceBatch? batch = _open;
            if (batch is not null && batch.Writer.HasRoomFor(record.MaxSize) && !_engine.IsClosing)
            {
                record = Timed(record);
                int index = value.Append(batch.Writer, record, key, headers);
                if (ack.Kind != AckKind.None)
                {
                    batch.AddAck(index, record.Timestamp, ref ack);
                }

                return AppendResult.Appended;
            }
        }

        return AppendSlow(record, key, value, headers, ref ack, ref progress);
    }

    /// <summary>Batches of so many bytes are too large for the broker: the next ones are at most as long as given. Owner: the loop.</summary>
    public void LimitBatches(int bytes)
    {
        using (_lock.Enter())
        {
            _limit = Math.Clamp(bytes, Math.Min(SegmentSizes.Shortest, _limit), _limit);
        }
    }

    /// <summary>Returns when no append is under way that has not seen the producer closing.</summary>
    public void AwaitAppends()
    {
        using (_lock.Enter())
        {
            // Being let in is all.
        }
    }

    /// <summary>When the first waiting batch was opened; false when nothing waits, or its compression does (its end tells the loop). Owner: the loop.</summary>
    public bool TryPeekOpenedAt(out TimeSpan openedAt)
    {
        using (_lock.Enter())
        {
            bool any = _waiting.TryPeek(out ProduceBatch? batch) && !batch.IsCompressing;
            openedAt = any ? batch!.OpenedAt : default;
            return any;
        }
    }

    /// <summary>Whether the queue is to be sent now; when it lingers, <paramref name="until"/> is when. Owner: the loop.</summary>
    public bool IsReady(TimeSpan now, out TimeSpan until)
    {
        using (_lock.Enter())
        {
            until = TimeSpan.MaxValue;
            if (!_waiting.TryPeek(out ProduceBatch? batch) || batch.IsCompressing)
            {
                return false;
            }

            if (_state == QueueState.Lingering)
            {
                until = batch.OpenedAt + _engine.Options.Linger;
                if (until <= now || _engine.IsHurrying)
                {
                    _state = QueueState.Ready;
                }
            }

            return _state == QueueState.Ready;
        }
    }

    /// <summary>What lingers is to be sent now. Owner: the loop.</summary>
    public void StopLingering()
    {
        using (_lock.Enter())
        {
            if (_state == QueueState.Lingering)
            {
                _state = QueueState.Ready;
            }
        }
    }

    /// <summary>
    /// Takes the first batch, sealed. Null when nothing waits (the next append tells the loop), when the first is being compressed (its end tells the
    /// loop), or when it is longer than <paramref name="room"/>. Owner: the loop.
    /// </summary>
    public ProduceBatch? Take(int room)
    {
        using (_lock.Enter())
        {
            if (!_waiting.TryPeek(out ProduceBatch? batch))
            {
                _state = QueueState.Idle;
                return null;
            }

            if (!batch.IsSealed)
            {
                Seal(batch);
            }

            if (batch.IsCompressing || batch.WireLength > room)
            {
                return null;
            }

            _waiting.Dequeue();
            _state = StateAfterTake();
            return batch;
        }
    }

    /// <summary>Removes the first batch when it was opened at or before a time, whatever its state but being compressed. Owner: the loop.</summary>
    public ProduceBatch? TakeOpenedBefore(TimeSpan time)
    {
        using (_lock.Enter())
        {
            if (!_waiting.TryPeek(out ProduceBatch? batch) || batch.OpenedAt > time || batch.IsCompressing)
            {
                return null;
            }

            _waiting.Dequeue();
            if (ReferenceEquals(batch, _open))
            {
                _open = null;
            }

            if (_waiting.Count == 0)
            {
                _state = QueueState.Idle;
            }

            return batch;
        }
    }

    /// <summary>A batch that was opened at or before a time takes no more records: they would expire with its first. Owner: the loop.</summary>
    public void CloseOpenedBefore(TimeSpan time)
    {
        using (_lock.Enter())
        {
            if (_open is { RecordCount: > 0 } open && open.OpenedAt <= time)
            {
                Seal(open);
            }
        }
    }

    /// <summary>A batch is compressed. From the executor.</summary>
    public void Compressed(ProduceBatch batch)
    {
        using (_lock.Enter())
        {
            batch.IsCompressing = false;
            _state = QueueState.Ready;
        }

        _engine.Signal(this);
    }

    // What is left is sent as it comes, but an open batch whose linger has not passed goes on gathering.
    private QueueState StateAfterTake()
    {
        if (_waiting.Count == 0)
        {
            return QueueState.Idle;
        }

        return _waiting.Count == 1 && _open is not null && _engine.Options.Linger > TimeSpan.Zero ? QueueState.Lingering : QueueState.Ready;
    }

    private PendingRecord Timed(in PendingRecord record) =>
        record.Timestamp >= 0 ? record : record with { Timestamp = _clock.Now(_engine.Environment) };

    // Slow twin: the record begins a segment, most often a batch.
    private AppendResult AppendSlow<TValue>(
        PendingRecord record, NullableBytes key, scoped TValue value, ReadOnlySpan<RecordHeader> headers, ref AckRequest ack, ref RecordProgress progress)
        where TValue : IRecordValue, allows ref struct
    {
        bool full;
        bool signal;
        using (_lock.Enter())
        {
            if (_engine.IsClosing)
            {
                return AppendResult.Closed;
            }

            full = false;
            if ((_open is null || !_open.Writer.HasRoomFor(record.MaxSize)) && !TryMakeRoom(record.MaxSize, ref progress, out full))
            {
                return AppendResult.MemoryFull;
            }

            ProduceBatch batch = _open!;
            record = Timed(record);
            int index;
            try
            {
                index = value.Append(batch.Writer, record, key, headers);
            }
            catch when (batch.RecordCount == 0)
            {
                // An empty batch may not wait in the line: it would be sent, and a flush would wait for it.
                DiscardOpen(batch);
                throw;
            }

            if (ack.Kind != AckKind.None)
            {
                batch.AddAck(index, record.Timestamp, ref ack);
            }

            signal = Announce(full || _waiting.Count > 1);
        }

        if (signal)
        {
            _engine.Signal(this);
        }

        if (full)
        {
            Topic.BatchFull(Partition);
        }

        return AppendResult.Appended;
    }

    // Gives the open batch another segment, or opens the next batch. False: there is no memory.
    private bool TryMakeRoom(int maxSize, ref RecordProgress progress, out bool full)
    {
        full = false;
        int limit = _limit;
        if (_open is { } open)
        {
            // A batch that is full but for a corner is full: corners would be segments of all sizes, which keep each other out of the pool.
            int left = limit - open.Writer.Length;
            if (left >= maxSize && (left >= _engine.SegmentSizes.Longest / 4 || open.Writer.Length < _engine.SegmentSizes.Longest))
            {
                byte[]? next = _engine.TakeSegment(_engine.SegmentSizes.Next(maxSize, open.Writer.Length, left), SegmentSizes.For(maxSize), ref progress);
                if (next is null)
                {
                    return false;
                }

                open.Continue(next, Math.Min(left, next.Length));
                return true;
            }
        }

        byte[]? first = _engine.TakeSegment(_engine.SegmentSizes.First(maxSize, _usualLength), SegmentSizes.For(maxSize), ref progress);
        if (first is null)
        {
            return false;
        }

        if (_open is not null)
        {
            full = true;
            Seal(_open);
        }

        // A record larger than a batch goes in one of its own.
        int fill = Math.Min(first.Length, Math.Max(limit, maxSize + RecordBatchHeader.Size));
        ProduceBatch batch = _engine.OpenBatch(this, _nextOrder++, first, fill, progress.Begun);
        _waiting.Enqueue(batch);
        _open = batch;
        return true;
    }

    private void DiscardOpen(ProduceBatch batch)
    {
        _open = null;
        for (int i = _waiting.Count - 1; i >= 0; i--)
        {
            ProduceBatch waiting = _waiting.Dequeue();
            if (waiting != batch)
            {
                _waiting.Enqueue(waiting);
            }
        }

        batch.Discard();
    }

    private void Seal(ProduceBatch batch)
    {
        _open = null;
        batch.Seal(_engine.Codec is not null);
        _usualLength = Math.Max(batch.Length, _usualLength - (_usualLength / 8)); // a short batch now and then does not make the next ones begin short
        if (_engine.Codec is not null)
        {
            batch.BeginCompression();
        }
    }

    // Whether the loop must be told. With linger a lone open batch is announced once, for its time, and again when it is full.
    private bool Announce(bool full)
    {
        QueueState wanted = full || _engine.Options.Linger == TimeSpan.Zero ? QueueState.Ready : QueueState.Lingering;
        if (_state >= wanted)
        {
            return false;
        }

        _state = wanted;
        return true;
    }
}
