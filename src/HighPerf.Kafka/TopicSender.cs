using HighPerf.Kafka.Producing;
using HighPerf.Kafka.Protocol.Records;

namespace HighPerf.Kafka;

/// <summary>
/// Sends to one topic, keys and values as bytes: nothing is allocated and nothing is looked up for a record. Thread-safe; lives as long as its
/// producer.
/// </summary>
public sealed class TopicSender
{
    private readonly ProducerEngine _engine;
    private readonly ProducerTopic _topic;

    internal TopicSender(ProducerEngine engine, ProducerTopic topic)
    {
        _engine = engine;
        _topic = topic;
    }

    /// <summary>
    /// Puts a record with a key on its way; false when memory is full or the topic's partitions are not known yet: see <see cref="WaitToSendAsync"/>.
    /// </summary>
    /// <param name="key">Copied during the call.</param>
    /// <param name="value">Copied during the call.</param>
    /// <exception cref="KafkaProduceException">The record is larger than the options allow.</exception>
    public bool TrySend(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => TrySend(new NullableBytes(key), new NullableBytes(value));

    /// <summary>Puts a record without a key on its way; false when memory is full or the topic's partitions are not known yet.</summary>
    /// <inheritdoc cref="TrySend(ReadOnlySpan{byte}, ReadOnlySpan{byte})"/>
    public bool TrySend(ReadOnlySpan<byte> value) => TrySend(NullableBytes.Null, new NullableBytes(value));

    /// <summary>
    /// Completes when a record of the given size may be sent: the topic is known and there is memory for it. Another thread may take that first.
    /// </summary>
    /// <param name="sizeBytes">Key and value together.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="KafkaProduceException">Such a record is larger than the options allow, or the topic's partitions cannot be learnt.</exception>
    public async ValueTask WaitToSendAsync(int sizeBytes = 0, CancellationToken cancellationToken = default)
    {
        long size = RecordEncoder.MaxSizeOf(0, sizeBytes);
        if (size + RecordBatchHeader.Size > _engine.Options.MaxRequestSizeBytes)
        {
            throw ProduceErrors.TooLarge(_topic.Name, size, _engine.Options);
        }

        await DetachableWait.WaitAsync(_topic.WhenTurnsEnded(), _engine.Executor, cancellationToken).ConfigureAwait(false);
        await _engine.LearnAsync(_topic, cancellationToken).ConfigureAwait(false);
        long needed = SegmentSizes.For((int)size);
        if (!_engine.Memory.TryReserve(needed))
        {
            await _engine.ReserveAsync(needed, cancellationToken).ConfigureAwait(false);
        }

        _engine.Memory.Release(needed);
    }

    private bool TrySend(NullableBytes key, NullableBytes value)
    {
        if (!_topic.IsOpen)
        {
            _engine.ThrowIfClosed();
            _engine.BeginLearning(_topic);
            return false;
        }

        AckRequest ack = AckRequest.None;
        RecordMemory memory = default;
        AppendResult result = _engine.Append(_topic, -1, -1, key, new BytesValue(value), default, ref ack, ref memory);
        if (result == AppendResult.Closed)
        {
            _engine.ThrowIfClosed();
        }

        return result == AppendResult.Appended;
    }
}
