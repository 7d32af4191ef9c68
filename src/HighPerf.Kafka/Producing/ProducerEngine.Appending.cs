using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Records;

namespace HighPerf.Kafka.Producing;

/// <summary>From a record's bytes to its place in a batch. Any thread; the fast path of every send.</summary>
internal sealed partial class ProducerEngine
{
    /// <summary>Chooses the partition, reserves memory, and puts the record into the partition's open batch.</summary>
    /// <param name="partition">-1 to let the partitioner choose.</param>
    /// <param name="timestamp">Milliseconds since 1970; -1 for now.</param>
    /// <param name="size">Set to the memory that the record needs.</param>
    /// <param name="reserved">The memory that is reserved for it already; 0 for none. When it is in its batch, that belongs to the batch.</param>
    public AppendResult Append<TValue>(
        ProducerTopic topic, int partition, long timestamp, NullableBytes key, scoped TValue value, ReadOnlySpan<RecordHeader> headers,
        SendCompletion? completion, ref long size, long reserved)
        where TValue : IRecordValue, allows ref struct
    {
        int headersSize = headers.Length == 0 ? 0 : RecordBatchWriter.SizeOfHeaders(headers);
        size = RecordBatchWriter.MaxSizeOf(key.Length, value.Length, headersSize);
        if (size + RecordBatchHeader.Size > Options.MaxRequestSizeBytes)
        {
            throw ProduceErrors.TooLarge(topic.Name, size, Options);
        }

        PartitionQueue queue = topic[Choose(topic, partition, key)];
        if (reserved == 0 ? !Memory.TryReserve(size) : size > reserved)
        {
            // More than was reserved: a serialiser that gives another size each time.
            return _closing ? AppendResult.Closed : AppendResult.MemoryFull;
        }

        bool appended = false;
        try
        {
            PendingRecord record = new(timestamp >= 0 ? timestamp : TimestampNow, (int)size, headersSize, reserved == 0 ? size : reserved);
            appended = queue.Append(record, key, value, headers, completion);
        }
        finally
        {
            if (!appended && reserved == 0)
            {
                Memory.Release(size);
            }
        }

        return appended ? AppendResult.Appended : AppendResult.Closed;
    }

    private int Choose(ProducerTopic topic, int partition, NullableBytes key)
    {
        int count = topic.PartitionCount;
        if (partition >= 0)
        {
            return partition < count ? partition : throw ProduceErrors.NoSuchPartition(topic.Name, partition, count);
        }

        if (Options.Partitioner is { } partitioner)
        {
            int chosen = partitioner.ChoosePartition(topic.Name, key.Span, key.IsNull, count);
            if (chosen >= 0)
            {
                return chosen < count ? chosen : throw ProduceErrors.NoSuchPartition(topic.Name, chosen, count);
            }
        }
        else if (!key.IsNull)
        {
            return Murmur2.PartitionOf(key.Span, count); // P17
        }

        return topic.StickyPartition;
    }
}
