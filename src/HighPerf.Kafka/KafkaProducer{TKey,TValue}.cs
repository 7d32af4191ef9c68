using HighPerf.Kafka.Producing;

namespace HighPerf.Kafka;

/// <summary>
/// Sends records. Safe by default: idempotent, acknowledged by every in-sync replica, in order for each partition. Thread-safe; make one and share it.
/// </summary>
/// <remarks>
/// <para>A send that cannot go straight into its batch, because the topic is not known yet or memory is full, waits in line with the others of its topic:
/// what one thread sends to a partition is never reordered. Key, value and headers must not change before the call completes: they are serialised during
/// the call, or, when it has to wait, when its turn has come.</para>
/// <para>Cancelling a send before its record is in its batch (the topic is not known, memory is full, others are before it) takes it back: nothing is sent.
/// Afterwards the record is on its way, together with others, and cancelling only detaches the waiter: the call ends with
/// <see cref="OperationCanceledException"/> and the record is sent all the same.</para>
/// </remarks>
public sealed class KafkaProducer<TKey, TValue> : IAsyncDisposable
{
    private readonly ProducerEngine _engine;
    private readonly RecordSender<TKey, TValue> _sender;

    internal KafkaProducer(ProducerEngine engine, ISerializer<TKey> keys, ISerializer<TValue> values)
    {
        _engine = engine;
        _sender = new RecordSender<TKey, TValue>(engine, keys, values);
    }

    internal ProducerEngine Engine => _engine;

    /// <summary>Sends a record and completes with its acknowledgement.</summary>
    /// <param name="topic">The topic; it must exist (or be created by the broker, see <see cref="KafkaClientOptions.AllowAutoTopicCreation"/>).</param>
    /// <param name="key">The key; records of one key go to one partition.</param>
    /// <param name="value">The value.</param>
    /// <param name="cancellationToken">
    /// Ends the call. Before the record is in its batch nothing is sent; afterwards only the waiter leaves, and the record is sent all the same.
    /// </param>
    /// <exception cref="KafkaProduceException">The record was not acknowledged; says whether it may be in the log.</exception>
    /// <exception cref="KafkaSerializationException">A serialiser failed; nothing was sent.</exception>
    /// <exception cref="ObjectDisposedException">The producer is closed.</exception>
    public ValueTask<RecordMetadata> SendAsync(string topic, TKey key, TValue value, CancellationToken cancellationToken = default) =>
        SendAsync(new ProduceRecord<TKey, TValue>(topic, key, value), cancellationToken);

    /// <summary>Sends a record with headers, a timestamp or a partition of its own, and completes with its acknowledgement.</summary>
    /// <param name="record">The record.</param>
    /// <exception cref="ArgumentException">The record names a partition that its topic does not have, or a header without a key.</exception>
    /// <inheritdoc cref="SendAsync(string, TKey, TValue, CancellationToken)"/>
    public ValueTask<RecordMetadata> SendAsync(in ProduceRecord<TKey, TValue> record, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<RecordMetadata>(cancellationToken);
        }

        AckRequest ack = AckRequest.Awaited(cancellationToken);
        RecordProgress progress = default;
        try
        {
            if (_sender.TryAppend(record, ref ack, ref progress))
            {
                return ack.Start(cancellationToken);
            }
        }
        catch (Exception e)
        {
            return ValueTask.FromException<RecordMetadata>(e);
        }

        return WaitingAppend.SendAsync(_engine, new TypedRecord<TKey, TValue>(_engine, _sender, record), progress, cancellationToken);
    }

    /// <summary>
    /// Puts a record on its way without waiting for its acknowledgement. Completes at once while there is memory, else when there is. A later failure is
    /// not reported to the caller: use <see cref="SendAsync(string, TKey, TValue, CancellationToken)"/> or a delivery handler where that matters.
    /// </summary>
    /// <inheritdoc cref="SendAsync(string, TKey, TValue, CancellationToken)"/>
    public ValueTask EnqueueAsync(string topic, TKey key, TValue value, CancellationToken cancellationToken = default)
    {
        AckRequest nobody = AckRequest.None;
        return EnqueueAsync(new ProduceRecord<TKey, TValue>(topic, key, value), ref nobody, cancellationToken);
    }

    /// <summary>Puts a record with headers, a timestamp or a partition of its own on its way without waiting for its acknowledgement.</summary>
    /// <inheritdoc cref="SendAsync(in ProduceRecord{TKey, TValue}, CancellationToken)"/>
    public ValueTask EnqueueAsync(in ProduceRecord<TKey, TValue> record, CancellationToken cancellationToken = default)
    {
        AckRequest nobody = AckRequest.None;
        return EnqueueAsync(record, ref nobody, cancellationToken);
    }

    /// <summary>
    /// Puts a record on its way and has what becomes of it reported, once, without allocating anything for it. Completes at once while there is memory, else
    /// when there is. A call that throws has sent nothing, and nothing is reported.
    /// </summary>
    /// <param name="record">The record.</param>
    /// <param name="handler">Told once, from the thread pool.</param>
    /// <param name="state">Stands in the report.</param>
    /// <param name="context">Stands in the report.</param>
    /// <param name="cancellationToken">Ends the wait for memory; nothing is sent then.</param>
    /// <inheritdoc cref="SendAsync(in ProduceRecord{TKey, TValue}, CancellationToken)"/>
    public ValueTask EnqueueAsync(
        in ProduceRecord<TKey, TValue> record, IDeliveryHandler handler, object? state = null, long context = 0,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(handler);
        AckRequest ack = AckRequest.Call(handler, state, context);
        return EnqueueAsync(record, ref ack, cancellationToken);
    }

    /// <summary>Puts a record on its way if that needs no waiting: false when memory is full or the topic's partitions are not known yet.</summary>
    /// <inheritdoc cref="SendAsync(string, TKey, TValue, CancellationToken)"/>
    public bool TrySend(string topic, TKey key, TValue value) => TrySend(new ProduceRecord<TKey, TValue>(topic, key, value));

    /// <summary>Puts a record with headers, a timestamp or a partition of its own on its way if that needs no waiting.</summary>
    /// <inheritdoc cref="SendAsync(in ProduceRecord{TKey, TValue}, CancellationToken)"/>
    public bool TrySend(in ProduceRecord<TKey, TValue> record)
    {
        AckRequest nobody = AckRequest.None;
        return TrySend(record, ref nobody);
    }

    /// <summary>
    /// Puts a record on its way, if that needs no waiting, and has what becomes of it reported. False: it is not sent, and nothing is reported.
    /// </summary>
    /// <param name="record">The record.</param>
    /// <param name="handler">Told once, from the thread pool.</param>
    /// <param name="state">Stands in the report.</param>
    /// <param name="context">Stands in the report.</param>
    /// <inheritdoc cref="SendAsync(in ProduceRecord{TKey, TValue}, CancellationToken)"/>
    public bool TrySend(in ProduceRecord<TKey, TValue> record, IDeliveryHandler handler, object? state = null, long context = 0)
    {
        ArgumentNullException.ThrowIfNull(handler);
        AckRequest ack = AckRequest.Call(handler, state, context);
        return TrySend(record, ref ack);
    }

    /// <summary>
    /// Sends records, in order, and completes when every one is acknowledged or has failed: one wait for all. One that is refused (too large, its serialiser
    /// fails) does not stop the others. Allocates once for the call, and nothing for a record.
    /// </summary>
    /// <param name="records">Must not change before the call completes.</param>
    /// <param name="acknowledgements">
    /// Where it is told where each record is, at least as long as <paramref name="records"/>; empty when nobody wants to know. The offset of one that failed
    /// is -1. Written until the call completes.
    /// </param>
    /// <param name="cancellationToken">Ends the call. What is in a batch by then is sent all the same, what is behind it is not.</param>
    /// <exception cref="KafkaSendManyException">Some were not delivered; says which and why.</exception>
    public ValueTask SendManyAsync(
        ReadOnlyMemory<ProduceRecord<TKey, TValue>> records, Memory<RecordMetadata> acknowledgements = default,
        CancellationToken cancellationToken = default) =>
        ManyRecords.SendAsync(_engine, new TypedRecords<TKey, TValue>(_engine, _sender, records), acknowledgements, cancellationToken);

    /// <summary>
    /// Puts records on their way, in order, and completes when all of them are in their batches. One that is refused does not stop the others.
    /// </summary>
    /// <param name="records">Must not change before the call completes.</param>
    /// <param name="cancellationToken">Ends the call. What is in a batch by then is sent all the same, what is behind it is not.</param>
    /// <exception cref="KafkaSendManyException">Some were refused; says which and why.</exception>
    public ValueTask EnqueueManyAsync(ReadOnlyMemory<ProduceRecord<TKey, TValue>> records, CancellationToken cancellationToken = default) =>
        ManyRecords.EnqueueAsync(new TypedRecords<TKey, TValue>(_engine, _sender, records), cancellationToken);

    /// <summary>
    /// Puts records on their way, in order, as many as need no waiting. Returns how many: what is left begins there. A record that is refused is told, as a
    /// single send tells it, when it comes first.
    /// </summary>
    /// <param name="records">Read during the call only.</param>
    /// <inheritdoc cref="SendAsync(in ProduceRecord{TKey, TValue}, CancellationToken)"/>
    public int TrySendMany(ReadOnlySpan<ProduceRecord<TKey, TValue>> records)
    {
        int sent = 0;
        try
        {
            while (sent < records.Length && TrySend(records[sent]))
            {
                sent++;
            }
        }
        catch when (sent > 0)
        {
            // The next call begins with it.
        }

        return sent;
    }

    /// <summary>A sender for one topic that takes keys and values as bytes: the fast path.</summary>
    public TopicSender ForTopic(string topic)
    {
        ArgumentException.ThrowIfNullOrEmpty(topic);
        _engine.ThrowIfClosed();
        return new TopicSender(_engine, _engine.GetTopic(topic));
    }

    /// <summary>A sender for one partition that takes keys and values as bytes. Whether the topic has it is known at the first send.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The partition is negative.</exception>
    public PartitionSender ForPartition(string topic, int partition)
    {
        ArgumentException.ThrowIfNullOrEmpty(topic);
        ArgumentOutOfRangeException.ThrowIfNegative(partition);
        _engine.ThrowIfClosed();
        return new PartitionSender(_engine, _engine.GetTopic(topic), partition);
    }

    /// <summary>
    /// Completes when every record that was accepted before is acknowledged or has failed, and the delivery handlers were told. Nothing lingers meanwhile.
    /// </summary>
    public Task FlushAsync(CancellationToken cancellationToken = default) => _engine.FlushAsync(cancellationToken);

    /// <summary>
    /// Refuses new records, delivers those that were accepted within <see cref="ProducerOptions.CloseTimeout"/>, and fails the rest. Idempotent.
    /// </summary>
    public ValueTask DisposeAsync() => new(_engine.CloseAsync());

    private ValueTask EnqueueAsync(in ProduceRecord<TKey, TValue> record, ref AckRequest ack, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        RecordProgress progress = default;
        try
        {
            if (_sender.TryAppend(record, ref ack, ref progress))
            {
                return ValueTask.CompletedTask;
            }
        }
        catch (Exception e)
        {
            return ValueTask.FromException(e);
        }

        return WaitingAppend.EnqueueAsync(_engine, new TypedRecord<TKey, TValue>(_engine, _sender, record), ack, progress, cancellationToken);
    }

    private bool TrySend(in ProduceRecord<TKey, TValue> record, ref AckRequest ack)
    {
        _engine.ThrowIfClosed();
        ProducerTopic topic = _engine.GetTopic(record.Topic);
        if (!topic.IsOpen)
        {
            _engine.BeginLearning(topic);
            return false;
        }

        RecordProgress progress = default;
        AppendResult result = _sender.TryAppend(topic, record, ref ack, ref progress);
        if (result == AppendResult.Closed)
        {
            _engine.ThrowIfClosed();
        }

        return result == AppendResult.Appended;
    }
}
