using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Records;

namespace HighPerf.Kafka.Producing;

/// <summary>From a record's bytes to its place in a batch. Any thread; the fast path of every send.</summary>
internal sealed partial class ProducerEngine
{
    /// <summary>Chooses the partition and puts the record into the partition's open batch.</summary>
    /// <param name="partition">-1 to let the partitioner choose.</param>
    /// <param name="timestamp">Milliseconds since 1970; -1 for now.</param>
    /// <param name="ack">Who wants to know its outcome; filled in when the record is in its batch.</param>
    /// <param name="progress">What earlier attempts have brought it; says what to wait for when there is no memory.</param>
    public AppendResult Append<TValue>(
        ProducerTopic topic, int partition, long timestamp, NullableBytes key, scoped TValue value, ReadOnlySpan<RecordHeader> headers, ref AckRequest ack,
        ref RecordProgress progress)
        where TValue : IRecordValue, allows ref struct
    {
        int headersSize = headers.Length == 0 ? 0 : RecordEncoder.SizeOfHeaders(headers);
        long size = RecordEncoder.MaxSizeOf(key.Length, value.Length, headersSize);
        if (size + RecordBatchHeader.Size > Options.MaxRequestSizeBytes)
        {
            throw ProduceErrors.TooLarge(topic.Name, size, Options);
        }

        PartitionQueue queue = topic[Choose(topic, partition, key, ref progress)];
        PendingRecord record = new(timestamp, (int)size, headersSize);
        return queue.Append(record, key, value, headers, ref ack, ref progress);
    }

    private int Choose(ProducerTopic topic, int partition, NullableBytes key, ref RecordProgress progress)
    {
        int count = topic.PartitionCount;
        if (partition != -1)
        {
            return (uint)partition < (uint)count ? partition : throw ProduceErrors.NoSuchPartition(topic.Name, partition, count);
        }

        if (Options.Partitioner is { } partitioner)
        {
            int chosen = progress.IsPartitionChosen ? progress.Partition : Ask(partitioner, topic.Name, key, count, ref progress);
            if (chosen >= 0)
            {
                return chosen;
            }
        }
        else if (!key.IsNull)
        {
            return Murmur2.PartitionOf(key.Span, count); // P17
        }

        return topic.StickyPartition;
    }

    private static int Ask(IPartitioner partitioner, string topic, NullableBytes key, int count, ref RecordProgress progress)
    {
        int chosen = partitioner.ChoosePartition(topic, key.Span, key.IsNull, count);
        if (chosen < -1 || chosen >= count)
        {
            throw ProduceErrors.BadChoice(partitioner, topic, chosen, count);
        }

        progress.Partition = chosen;
        return chosen;
    }
}
