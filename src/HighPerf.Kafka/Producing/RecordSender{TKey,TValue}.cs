using System.Runtime.CompilerServices;
using CommunityToolkit.HighPerformance.Buffers;
using HighPerf.Kafka.Protocol.Records;
using HighPerf.Kafka.Serialization;

namespace HighPerf.Kafka.Producing;

/// <summary>
/// Brings typed records into batches: serialises, chooses the partition, and appends. Any thread. Small keys are written on the stack. Values go straight
/// into the batch only where the serialiser is one of ours: another may throw, be slow, or send a record itself, and the batch is held meanwhile; so it
/// writes into a scratch buffer first.
/// </summary>
internal sealed class RecordSender<TKey, TValue>
{
    private const int StackKey = 256;

    private readonly ProducerEngine _engine;
    private readonly ISerializer<TKey> _keys;
    private readonly ISerializer<TValue> _values;
    private readonly ISpanSerializer<TKey>? _spanKeys;
    private readonly ISpanSerializer<TValue>? _inPlaceValues;

    public RecordSender(ProducerEngine engine, ISerializer<TKey> keys, ISerializer<TValue> values)
    {
        _engine = engine;
        _keys = keys;
        _values = values;
        _spanKeys = keys as ISpanSerializer<TKey>;
        _inPlaceValues = values is IInPlaceSerializer ? values as ISpanSerializer<TValue> : null;
    }

    /// <summary>Brings a record into its batch; false when it has to wait for its topic, for memory, or for others that do.</summary>
    /// <param name="progress">What it takes along when it has to wait.</param>
    public bool TryAppend(in ProduceRecord<TKey, TValue> record, ref AckRequest ack, ref RecordProgress progress)
    {
        ProducerTopic? topic = record.Topic is null ? null : _engine.FindOpenTopic(record.Topic);
        if (topic is null)
        {
            return false;
        }

        return TryAppend(topic, record, ref ack, ref progress) == AppendResult.Appended;
    }

    /// <param name="ack">Who wants to know its outcome; filled in when the record is in its batch.</param>
    /// <param name="progress">What earlier attempts have brought it; says what to wait for when there is no memory.</param>
    [SkipLocalsInit] // the stack's 256 bytes need no zeros: what is written of them is what is read
    public AppendResult TryAppend(ProducerTopic topic, in ProduceRecord<TKey, TValue> record, ref AckRequest ack, ref RecordProgress progress)
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

                return AppendValue(topic, record, keySize < 0 ? NullableBytes.Null : new NullableBytes(key), ref ack, ref progress);
            }
        }

        return AppendWithScratch(topic, record, ref ack, ref progress);
    }

    private AppendResult AppendValue(
        ProducerTopic topic, in ProduceRecord<TKey, TValue> record, NullableBytes key, ref AckRequest ack, ref RecordProgress progress)
    {
        if (_inPlaceValues is null)
        {
            return AppendScratchValue(topic, record, key, ref ack, ref progress);
        }

        int length = KnownSize(_inPlaceValues, record.Value, topic, "value");
        return Append(topic, record, key, new SerializedValue<TValue>(_inPlaceValues, record.Value, length), ref ack, ref progress);
    }

    // Slow twin of TryAppend: the key is long, or its size is not known.
    private AppendResult AppendWithScratch(ProducerTopic topic, in ProduceRecord<TKey, TValue> record, ref AckRequest ack, ref RecordProgress progress)
    {
        RecordScratch scratch = _engine.Scratches.Get();
        try
        {
            return AppendValue(topic, record, Write(_keys, record.Key, scratch.Key, topic, "key"), ref ack, ref progress);
        }
        finally
        {
            scratch.Reset();
            _engine.Scratches.Return(scratch);
        }
    }

    private AppendResult AppendScratchValue(
        ProducerTopic topic, in ProduceRecord<TKey, TValue> record, NullableBytes key, ref AckRequest ack, ref RecordProgress progress)
    {
        RecordScratch scratch = _engine.Scratches.Get();
        try
        {
            BytesValue value = new(Write(_values, record.Value, scratch.Value, topic, "value"));
            return Append(topic, record, key, value, ref ack, ref progress);
        }
        finally
        {
            scratch.Reset();
            _engine.Scratches.Return(scratch);
        }
    }

    private AppendResult Append<T>(
        ProducerTopic topic, in ProduceRecord<TKey, TValue> record, NullableBytes key, scoped T value, ref AckRequest ack, ref RecordProgress progress)
        where T : IRecordValue, allows ref struct
    {
        if (record.Headers is { Count: > 0 } headers)
        {
            RecordHeader[] array = headers as RecordHeader[] ?? [.. headers];
            HeaderKeys.Require(array, topic.Name);
            return _engine.Append(topic, record.Partition, record.Timestamp, key, value, array, ref ack, ref progress);
        }

        return _engine.Append(topic, record.Partition, record.Timestamp, key, value, default, ref ack, ref progress);
    }

    private static NullableBytes Write<T>(ISerializer<T> serializer, T item, ArrayPoolBufferWriter<byte> scratch, ProducerTopic topic, string part)
    {
        try
        {
            if (serializer.IsNull(item))
            {
                return NullableBytes.Null;
            }

            serializer.Serialize(item, scratch);
            return new NullableBytes(scratch.WrittenSpan);
        }
        catch (Exception e)
        {
            throw Failed(part, topic, e);
        }
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
