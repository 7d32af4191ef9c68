using System.Buffers.Binary;

namespace HighPerf.Kafka.Cli.Measuring;

/// <summary>
/// Reads records in one of the ways a consumer can be used; every key and value goes into a checksum, so that none can be skipped unread. Owner: one
/// thread.
/// </summary>
internal sealed class ConsumeLoad
{
    private readonly KafkaConsumer<byte[], byte[]> _consumer;
    private readonly string _mode;

    public ConsumeLoad(KafkaConsumer<byte[], byte[]> consumer, string mode)
    {
        _consumer = consumer;
        _mode = mode;
    }

    public long Records { get; private set; }

    /// <summary>Key and value bytes.</summary>
    public long Bytes { get; private set; }

    public ulong Checksum { get; private set; }

    public async Task RunAsync(long records, CancellationToken token)
    {
        long goal = Records + records;
        if (_mode == "enumerate")
        {
            await foreach (ConsumedRecord<byte[], byte[]> record in _consumer.ReadAllAsync(token))
            {
                Take(record.Key, record.Value);
                if (Records >= goal)
                {
                    return;
                }
            }

            return;
        }

        while (Records < goal && await _consumer.WaitToReadAsync(token))
        {
            if (_mode == "batch")
            {
                ReadBatches(goal);
            }
            else
            {
                ReadRecords(goal);
            }
        }
    }

    private void ReadBatches(long goal)
    {
        while (Records < goal && _consumer.TryReadBatch(out ConsumedBatch batch))
        {
            using (batch)
            {
                foreach (RecordView record in batch)
                {
                    Take(record.Key, record.Value);
                }
            }
        }
    }

    private void ReadRecords(long goal)
    {
        while (Records < goal && _consumer.TryRead(out ConsumedRecord<byte[], byte[]> record))
        {
            Take(record.Key, record.Value);
        }
    }

    private void Take(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        Records++;
        Bytes += key.Length + value.Length;
        ulong sum = Checksum;
        while (value.Length >= sizeof(ulong))
        {
            sum = ulong.RotateLeft(sum, 5) ^ BinaryPrimitives.ReadUInt64LittleEndian(value);
            value = value[sizeof(ulong)..];
        }

        foreach (byte b in value)
        {
            sum = (sum * 31) + b;
        }

        foreach (byte b in key)
        {
            sum = (sum * 31) + b;
        }

        Checksum = sum;
    }
}
