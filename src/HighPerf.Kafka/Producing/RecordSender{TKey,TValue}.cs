using HighPerf.Kafka.Protocol.Records;

namespace HighPerf.Kafka.Producing;

/// <summary>
/// Brings typed records into batches: serialises, chooses the partition, and appends. Small keys are written on the stack; values of known size
/// straight into the batch. Any thread.
/// </summary>
internal sealed class RecordSender<TKey, TValue>
{
    private const int StackKey = 256;

    private readonly ProducerEngine _engine;
    private readonly ISerializer<TKey> _keys;
    private readonly ISerializer<TValue> _values;
    private readonly ISpanSerializer<TKey>? _spanKeys;
    private readonly ISpanSerializer<TValue>? _spanValues;

    public RecordSender(ProducerEngine engine, ISerializer<TKey> keys, ISerializer<TValue> values)
    {
        _engine = engine;
        _keys = keys;
        _values = values;
        _spanKeys = keys as ISpanSerializer<TKey>;
        _spanValues = values as ISpanSerializer<TValue>;
    }

    /// <param name="size">The memory that the record needs; what to wait for when it is full.</param>
    /// <param name="reserved">Whether that memory is reserved already.</param>
    public AppendResult TryAppend(ProducerTopic topic, in ProduceRecord<TKey, TValue> record, SendCompletion? completion, ref long size, bool reserved)
    {
        if (_spanKeys is not null)
        {
            int keySize = KnownSize(_spanKeys, record.Key, topic, "key");
            if (keySize <= StackKey)
            {
                Span<byte> key = stackalloc byte[StackKey];
                key = key[..Math.Max(keySize, 0)];
                if (keySize >= 0)
                {
                    Serialize(_spanKeys, record.Key, key, topic);
                }

                return AppendValue(topic, record, keySize < 0 ? NullableBytes.Null : new NullableBytes(key), completion, ref size, reserved);
            }
        }

        return AppendWithScratch(topic, record, completion, ref size, reserved);
    }

    private AppendResult AppendValue(
        ProducerTopic topic, in ProduceRecord<TKey, TValue> record, NullableBytes key, SendCompletion? completion, ref long size, bool reserved)
    {
        if (_spanValues is null)
        {
            return AppendScratchValue(topic, record, key, completion, ref size, reserved);
        }

        int length = KnownSize(_spanValues, record.Value, topic, "value");
        try
        {
            return Append(topic, record, key, new SerializedValue<TValue>(_spanValues, record.Value, length), completion, ref size, reserved);
        }
        catch (Exception e) when (e is not (KafkaException or ArgumentOutOfRangeException))
        {
            throw Failed("value", topic, e);
        }
    }

    // Slow twin of TryAppend: the key is long, or its size is not known.
    private AppendResult AppendWithScratch(ProducerTopic topic, in ProduceRecord<TKey, TValue> record, SendCompletion? completion, ref long size, bool reserved)
    {
        RecordScratch scratch = _engine.Scratches.Get();
        try
        {
            bool isNull = _keys.IsNull(record.Key);
            if (!isNull)
            {
                _keys.Serialize(record.Key, scratch.Key);
            }

            NullableBytes key = isNull ? NullableBytes.Null : new NullableBytes(scratch.Key.WrittenSpan);
            return AppendValue(topic, record, key, completion, ref size, reserved);
        }
        catch (Exception e) when (e is not (KafkaException or ArgumentOutOfRangeException))
        {
            throw Failed("key", topic, e);
        }
        finally
        {
            scratch.Reset();
            _engine.Scratches.Return(scratch);
        }
    }

    private AppendResult AppendScratchValue(
        ProducerTopic topic, in ProduceRecord<TKey, TValue> record, NullableBytes key, SendCompletion? completion, ref long size, bool reserved)
    {
        RecordScratch scratch = _engine.Scratches.Get();
        try
        {
            bool isNull = _values.IsNull(record.Value);
            if (!isNull)
            {
                _values.Serialize(record.Value, scratch.Value);
            }

            BytesValue value = new(isNull ? NullableBytes.Null : new NullableBytes(scratch.Value.WrittenSpan));
            return Append(topic, record, key, value, completion, ref size, reserved);
        }
        catch (Exception e) when (e is not (KafkaException or ArgumentOutOfRangeException))
        {
            throw Failed("value", topic, e);
        }
        finally
        {
            scratch.Reset();
            _engine.Scratches.Return(scratch);
        }
    }

    private AppendResult Append<T>(
        ProducerTopic topic, in ProduceRecord<TKey, TValue> record, NullableBytes key, scoped T value, SendCompletion? completion, ref long size, bool reserved)
        where T : IRecordValue, allows ref struct
    {
        if (record.Headers is { Count: > 0 } headers)
        {
            RecordHeader[] copy = [.. headers];
            return _engine.Append(topic, record.Partition, record.Timestamp, key, value, copy, completion, ref size, reserved);
        }

        return _engine.Append(topic, record.Partition, record.Timestamp, key, value, default, completion, ref size, reserved);
    }

    private static int KnownSize<T>(ISpanSerializer<T> serializer, T item, ProducerTopic topic, string part)
    {
        try
        {
            return serializer.GetSize(item);
        }
        catch (Exception e)
        {
            throw Failed(part, topic, e);
        }
    }

    private static void Serialize(ISpanSerializer<TKey> serializer, TKey key, Span<byte> destination, ProducerTopic topic)
    {
        try
        {
            serializer.Serialize(key, destination);
        }
        catch (Exception e)
        {
            throw Failed("key", topic, e);
        }
    }

    private static KafkaSerializationException Failed(string part, ProducerTopic topic, Exception e) =>
        new($"The {part} of a record for topic {topic.Name} could not be serialised: {e.Message} Nothing was sent.", e);
}
