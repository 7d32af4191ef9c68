using HighPerf.Kafka.Producing;

namespace HighPerf.Kafka;

/// <summary>
/// Sends records. Safe by default: idempotent, acknowledged by every in-sync replica, in order for each partition. Thread-safe; make one and share it.
/// </summary>
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
    /// <param name="cancellationToken">Ends the wait. A record that is in its batch is sent all the same.</param>
    /// <exception cref="KafkaProduceException">The record was not acknowledged; says whether it may be in the log.</exception>
    /// <exception cref="KafkaSerializationException">A serialiser failed; nothing was sent.</exception>
    /// <exception cref="ObjectDisposedException">The producer is closed.</exception>
    public ValueTask<RecordMetadata> SendAsync(string topic, TKey key, TValue value, CancellationToken cancellationToken = default) =>
        SendAsync(new ProduceRecord<TKey, TValue>(topic, key, value), cancellationToken);

    /// <summary>Sends a record with headers, a timestamp or a partition of its own, and completes with its acknowledgement.</summary>
    /// <inheritdoc cref="SendAsync(string, TKey, TValue, CancellationToken)"/>
    public ValueTask<RecordMetadata> SendAsync(in ProduceRecord<TKey, TValue> record, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<RecordMetadata>(cancellationToken);
        }

        ProducerTopic? topic = _engine.FindOpenTopic(record.Topic);
        if (topic is null)
        {
            return SendSlowAsync(record, cancellationToken);
        }

        AckRequest ack = AckRequest.Awaited(cancellationToken);
        RecordMemory memory = default;
        try
        {
            if (_sender.TryAppend(topic, record, ref ack, ref memory) == AppendResult.Appended)
            {
                return ack.Start(cancellationToken);
            }
        }
        catch (Exception e)
        {
            return ValueTask.FromException<RecordMetadata>(e);
        }

        return SendSlowAsync(record, cancellationToken);
    }

    /// <summary>
    /// Puts a record on its way without waiting for its acknowledgement. Completes at once while there is memory, else when there is. A later failure
    /// is not reported to the caller:
    /// use <see cref="SendAsync(string, TKey, TValue, CancellationToken)"/> where that matters.
    /// </summary>
    /// <inheritdoc cref="SendAsync(string, TKey, TValue, CancellationToken)"/>
    public ValueTask EnqueueAsync(string topic, TKey key, TValue value, CancellationToken cancellationToken = default) =>
        EnqueueAsync(new ProduceRecord<TKey, TValue>(topic, key, value), cancellationToken);

    /// <summary>Puts a record with headers, a timestamp or a partition of its own on its way without waiting for its acknowledgement.</summary>
    /// <inheritdoc cref="EnqueueAsync(string, TKey, TValue, CancellationToken)"/>
    public ValueTask EnqueueAsync(in ProduceRecord<TKey, TValue> record, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        ProducerTopic? topic = _engine.FindOpenTopic(record.Topic);
        if (topic is not null)
        {
            try
            {
                AckRequest ack = AckRequest.None;
                RecordMemory memory = default;
                if (_sender.TryAppend(topic, record, ref ack, ref memory) == AppendResult.Appended)
                {
                    return ValueTask.CompletedTask;
                }
            }
            catch (Exception e)
            {
                return ValueTask.FromException(e);
            }
        }

        return EnqueueSlowAsync(record, AckRequest.None, cancellationToken);
    }

    /// <summary>Puts a record on its way if that needs no waiting: false when memory is full or the topic's partitions are not known yet.</summary>
    /// <inheritdoc cref="SendAsync(string, TKey, TValue, CancellationToken)"/>
    public bool TrySend(string topic, TKey key, TValue value)
    {
        _engine.ThrowIfClosed();
        ProducerTopic known = _engine.GetTopic(topic);
        if (!known.IsOpen)
        {
            _engine.BeginLearning(known);
            return false;
        }

        AckRequest ack = AckRequest.None;
        RecordMemory memory = default;
        return _sender.TryAppend(known, new ProduceRecord<TKey, TValue>(topic, key, value), ref ack, ref memory) == AppendResult.Appended;
    }

    /// <summary>A sender for one topic that takes keys and values as bytes: the fast path.</summary>
    public TopicSender ForTopic(string topic)
    {
        ArgumentException.ThrowIfNullOrEmpty(topic);
        _engine.ThrowIfClosed();
        return new TopicSender(_engine, _engine.GetTopic(topic));
    }

    /// <summary>Completes when every record that was accepted before is acknowledged or has failed. Nothing lingers meanwhile.</summary>
    public Task FlushAsync(CancellationToken cancellationToken = default) => _engine.FlushAsync(cancellationToken);

    /// <summary>
    /// Refuses new records, delivers those that were accepted within <see cref="ProducerOptions.CloseTimeout"/>, and fails the rest. Idempotent.
    /// </summary>
    public ValueTask DisposeAsync() => new(_engine.CloseAsync());

    // Slow twin: the topic is not known yet, memory is full, or earlier sends wait for one of those.
    private async ValueTask<RecordMetadata> SendSlowAsync(ProduceRecord<TKey, TValue> record, CancellationToken cancellationToken)
    {
        AckRequest ack = await AppendInTurnAsync(record, AckRequest.Awaited(cancellationToken), cancellationToken).ConfigureAwait(false);
        return await ack.Start(cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask EnqueueSlowAsync(ProduceRecord<TKey, TValue> record, AckRequest ack, CancellationToken cancellationToken) =>
        await AppendInTurnAsync(record, ack, cancellationToken).ConfigureAwait(false);

    private async ValueTask<AckRequest> AppendInTurnAsync(ProduceRecord<TKey, TValue> record, AckRequest ack, CancellationToken cancellationToken)
    {
        ProducerTopic topic = _engine.GetTopic(record.Topic);
        SendTurn turn = topic.TakeTurn(); // before the first await: in the order of the calls
        try
        {
            await DetachableWait.WaitAsync(turn.Before, _engine.Executor, cancellationToken).ConfigureAwait(false);
            await _engine.LearnAsync(topic, cancellationToken).ConfigureAwait(false);
            return await AppendSlowAsync(topic, record, ack, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            turn.End();
        }
    }

    private async ValueTask<AckRequest> AppendSlowAsync(
        ProducerTopic topic, ProduceRecord<TKey, TValue> record, AckRequest ack, CancellationToken cancellationToken)
    {
        RecordMemory memory = default;
        AppendResult result = _sender.TryAppend(topic, record, ref ack, ref memory);
        while (result == AppendResult.MemoryFull)
        {
            // More than was reserved, the second time: a serialiser that gives another size each time.
            await _engine.ReserveAsync(memory.Needed, cancellationToken).ConfigureAwait(false);
            memory.Reserved = memory.Needed;
            try
            {
                result = _sender.TryAppend(topic, record, ref ack, ref memory);
            }
            finally
            {
                _engine.Memory.Release(memory.Reserved);
                memory.Reserved = 0;
            }
        }

        if (result == AppendResult.Closed)
        {
            throw new ObjectDisposedException(nameof(KafkaProducer<TKey, TValue>), "The producer was closed. The record was not sent.");
        }

        return ack;
    }
}
