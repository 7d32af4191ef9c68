using HighPerf.Kafka.Producing;
using HighPerf.Kafka.Protocol.Records;

namespace HighPerf.Kafka;

/// <summary>
/// Sends keys and values as bytes: nothing is allocated and nothing is looked up for a record. To a topic (<see cref="TopicSender"/>) or to one partition of
/// it (<see cref="PartitionSender"/>). Thread-safe; lives as long as its producer.
/// </summary>
public abstract class BytesSender
{
    private readonly RawSender _sender;

    private protected BytesSender(RawSender sender) => _sender = sender;

    /// <summary>
    /// Puts a record with a key on its way; false, and nothing is sent, when memory is full or the topic's partitions are not known yet: see
    /// <see cref="WaitToSendAsync"/>. Never waits.
    /// </summary>
    /// <param name="key">Copied during the call.</param>
    /// <param name="value">Copied during the call.</param>
    /// <exception cref="KafkaProduceException">The record is larger than the options allow.</exception>
    /// <exception cref="ObjectDisposedException">The producer is closed.</exception>
    public bool TrySend(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        AckRequest nobody = AckRequest.None;
        return _sender.TrySend(new NullableBytes(key), new NullableBytes(value), default, -1, -1, ref nobody);
    }

    /// <summary>Puts a record without a key on its way; false when memory is full or the topic's partitions are not known yet.</summary>
    /// <inheritdoc cref="TrySend(ReadOnlySpan{byte}, ReadOnlySpan{byte})"/>
    public bool TrySend(ReadOnlySpan<byte> value)
    {
        AckRequest nobody = AckRequest.None;
        return _sender.TrySend(NullableBytes.Null, new NullableBytes(value), default, -1, -1, ref nobody);
    }

    /// <summary>
    /// Puts a record with headers, a timestamp, for a topic's sender a partition of its own, or null on its way; false when memory is full or the topic's
    /// partitions are not known yet.
    /// </summary>
    /// <param name="record">Copied during the call.</param>
    /// <exception cref="ArgumentException">A header has no key, or the record names a partition that it cannot go to.</exception>
    /// <inheritdoc cref="TrySend(ReadOnlySpan{byte}, ReadOnlySpan{byte})"/>
    public bool TrySend(in RawRecord record) => _sender.TrySend(record, AckRequest.None);

    /// <summary>
    /// Puts a record on its way and has what becomes of it reported; false, and nothing is reported, when memory is full or the topic's partitions are not
    /// known yet. Allocates nothing.
    /// </summary>
    /// <param name="record">Copied during the call.</param>
    /// <param name="handler">Told once, from the thread pool.</param>
    /// <param name="state">Stands in the report.</param>
    /// <param name="context">Stands in the report.</param>
    /// <inheritdoc cref="TrySend(in RawRecord)"/>
    public bool TrySend(in RawRecord record, IDeliveryHandler handler, object? state = null, long context = 0)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return _sender.TrySend(record, AckRequest.Call(handler, state, context));
    }

    /// <summary>Sends a record with a key and completes with its acknowledgement. Waits for memory, too, when it is full.</summary>
    /// <param name="key">Copied during the call.</param>
    /// <param name="value">Copied during the call.</param>
    /// <param name="cancellationToken">
    /// Ends the call. Before the record is in its batch nothing is sent; afterwards only the waiter leaves, and the record is sent all the same.
    /// </param>
    /// <exception cref="KafkaProduceException">The record was not acknowledged; says whether it may be in the log.</exception>
    /// <exception cref="ObjectDisposedException">The producer is closed.</exception>
    public ValueTask<RecordMetadata> SendAsync(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, CancellationToken cancellationToken = default) =>
        _sender.SendAsync(new RawRecord(key, value), cancellationToken);

    /// <summary>
    /// Sends a record with headers, a timestamp, for a topic's sender a partition of its own, or null and completes with its acknowledgement.
    /// </summary>
    /// <param name="record">Copied during the call.</param>
    /// <exception cref="ArgumentException">A header has no key, or the record names a partition that it cannot go to.</exception>
    /// <inheritdoc cref="SendAsync(ReadOnlySpan{byte}, ReadOnlySpan{byte}, CancellationToken)"/>
    public ValueTask<RecordMetadata> SendAsync(in RawRecord record, CancellationToken cancellationToken = default) =>
        _sender.SendAsync(record, cancellationToken);

    /// <summary>
    /// Puts a record with a key on its way without waiting for its acknowledgement. Completes at once while there is memory, else when there is; only then
    /// the bytes are copied to wait.
    /// </summary>
    /// <inheritdoc cref="SendAsync(ReadOnlySpan{byte}, ReadOnlySpan{byte}, CancellationToken)"/>
    public ValueTask EnqueueAsync(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, CancellationToken cancellationToken = default) =>
        _sender.EnqueueAsync(new RawRecord(key, value), AckRequest.None, cancellationToken);

    /// <summary>
    /// Puts a record with headers, a timestamp, for a topic's sender a partition of its own, or null on its way without waiting for its acknowledgement.
    /// </summary>
    /// <inheritdoc cref="SendAsync(in RawRecord, CancellationToken)"/>
    public ValueTask EnqueueAsync(in RawRecord record, CancellationToken cancellationToken = default) =>
        _sender.EnqueueAsync(record, AckRequest.None, cancellationToken);

    /// <summary>
    /// Puts a record on its way and has what becomes of it reported. Completes at once while there is memory, else when there is. A call that throws has
    /// sent nothing, and nothing is reported.
    /// </summary>
    /// <param name="record">Copied during the call.</param>
    /// <param name="handler">Told once, from the thread pool.</param>
    /// <param name="state">Stands in the report.</param>
    /// <param name="context">Stands in the report.</param>
    /// <param name="cancellationToken">Ends the wait for memory; nothing is sent then.</param>
    /// <inheritdoc cref="SendAsync(in RawRecord, CancellationToken)"/>
    public ValueTask EnqueueAsync(
        in RawRecord record, IDeliveryHandler handler, object? state = null, long context = 0, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return _sender.EnqueueAsync(record, AckRequest.Call(handler, state, context), cancellationToken);
    }

    /// <summary>
    /// Puts values without keys on their way, in order, as many as there is memory for. Returns how many: what is left begins there. A value that is refused
    /// is told when it comes first.
    /// </summary>
    /// <param name="values">Copied during the call.</param>
    /// <inheritdoc cref="TrySend(ReadOnlySpan{byte}, ReadOnlySpan{byte})"/>
    public int TrySendMany(ReadOnlySpan<ReadOnlyMemory<byte>> values)
    {
        int sent = 0;
        try
        {
            while (sent < values.Length && TrySend(values[sent].Span))
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

    /// <summary>
    /// Puts values without keys on their way, in order, and completes when all of them are in their batches. One that is refused does not stop the others.
    /// </summary>
    /// <param name="values">Must not change before the call completes.</param>
    /// <param name="cancellationToken">Ends the call. What is in a batch by then is sent all the same, what is behind it is not.</param>
    /// <exception cref="KafkaSendManyException">Some were refused; says which and why.</exception>
    public ValueTask EnqueueManyAsync(ReadOnlyMemory<ReadOnlyMemory<byte>> values, CancellationToken cancellationToken = default) =>
        ManyRecords.EnqueueAsync(new RawValues(_sender, values), cancellationToken);

    /// <summary>
    /// Sends values without keys, in order, and completes when every one is acknowledged or has failed. One that is refused does not stop the others.
    /// </summary>
    /// <param name="values">Must not change before the call completes.</param>
    /// <param name="acknowledgements">
    /// Where it is told where each record is, at least as long as <paramref name="values"/>; empty when nobody wants to know. The offset of one that failed
    /// is -1. Written until the call completes.
    /// </param>
    /// <param name="cancellationToken">Ends the call. What is in a batch by then is sent all the same, what is behind it is not.</param>
    /// <exception cref="KafkaSendManyException">Some were not delivered; says which and why.</exception>
    public ValueTask SendManyAsync(
        ReadOnlyMemory<ReadOnlyMemory<byte>> values, Memory<RecordMetadata> acknowledgements = default, CancellationToken cancellationToken = default) =>
        ManyRecords.SendAsync(_sender.Engine, new RawValues(_sender, values), acknowledgements, cancellationToken);

    /// <summary>
    /// Puts records with keys on their way, in order, as many as there is memory for. Returns how many: what is left begins there. One that is refused is told
    /// when it comes first.
    /// </summary>
    /// <param name="records">Keys and values, copied during the call. An empty one is empty, not null.</param>
    /// <inheritdoc cref="TrySend(ReadOnlySpan{byte}, ReadOnlySpan{byte})"/>
    public int TrySendMany(ReadOnlySpan<KeyValuePair<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>> records)
    {
        int sent = 0;
        try
        {
            while (sent < records.Length && TrySend(records[sent].Key.Span, records[sent].Value.Span))
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

    /// <summary>
    /// Puts records with keys on their way, in order, and completes when all of them are in their batches. One that is refused does not stop the others.
    /// </summary>
    /// <param name="records">Keys and values; must not change before the call completes. An empty one is empty, not null.</param>
    /// <param name="cancellationToken">Ends the call. What is in a batch by then is sent all the same, what is behind it is not.</param>
    /// <exception cref="KafkaSendManyException">Some were refused; says which and why.</exception>
    public ValueTask EnqueueManyAsync(
        ReadOnlyMemory<KeyValuePair<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>> records, CancellationToken cancellationToken = default) =>
        ManyRecords.EnqueueAsync(new RawPairs(_sender, records), cancellationToken);

    /// <summary>
    /// Sends records with keys, in order, and completes when every one is acknowledged or has failed. One that is refused does not stop the others.
    /// </summary>
    /// <param name="records">Keys and values; must not change before the call completes. An empty one is empty, not null.</param>
    /// <param name="acknowledgements">
    /// Where it is told where each record is, at least as long as <paramref name="records"/>; empty when nobody wants to know. The offset of one that failed
    /// is -1. Written until the call completes.
    /// </param>
    /// <param name="cancellationToken">Ends the call. What is in a batch by then is sent all the same, what is behind it is not.</param>
    /// <exception cref="KafkaSendManyException">Some were not delivered; says which and why.</exception>
    public ValueTask SendManyAsync(
        ReadOnlyMemory<KeyValuePair<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>> records, Memory<RecordMetadata> acknowledgements = default,
        CancellationToken cancellationToken = default) =>
        ManyRecords.SendAsync(_sender.Engine, new RawPairs(_sender, records), acknowledgements, cancellationToken);

    /// <summary>
    /// Completes when a record of the given size may be sent: the topic is known and there is memory for it. Another thread may take that first.
    /// </summary>
    /// <param name="sizeBytes">Key, value and headers together.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="KafkaProduceException">Such a record is larger than the options allow, or the topic's partitions cannot be learnt.</exception>
    /// <exception cref="ObjectDisposedException">The producer is closed.</exception>
    public ValueTask WaitToSendAsync(int sizeBytes = 0, CancellationToken cancellationToken = default) =>
        _sender.WaitToSendAsync(sizeBytes, cancellationToken);
}
