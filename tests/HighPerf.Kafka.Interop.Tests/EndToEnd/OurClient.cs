using HighPerf.Kafka.Interop.Tests.Peers;

namespace HighPerf.Kafka.Interop.Tests.EndToEnd;

/// <summary>Our producer and consumer, in the form in which the peers' are used: records in, records out.</summary>
internal static class OurClient
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static async Task ProduceAsync(string bootstrapServers, string topic, CompressionType compression, IEnumerable<PeerRecord> records)
    {
        await using KafkaClient kafka = new(new KafkaClientOptions { BootstrapServers = bootstrapServers });
        await using KafkaProducer<byte[]?, byte[]?> producer = kafka.CreateProducer<byte[]?, byte[]?>(new ProducerOptions
        {
            Compression = compression,
            Linger = TimeSpan.FromMilliseconds(5),
            MaxRequestSizeBytes = 16 * 1024 * 1024,
            BufferMemoryBytes = 64 * 1024 * 1024,
        });
        List<Task<RecordMetadata>> sends = [];
        foreach (PeerRecord record in records)
        {
            sends.Add(producer.SendAsync(new ProduceRecord<byte[]?, byte[]?>(topic, record.Key, record.Value)
            {
                Partition = record.Partition,
                Timestamp = record.Timestamp,
                Headers = [.. record.Headers.Select(static header => new RecordHeader(header.Name, Memory(header.Value)))],
            }).AsTask());
        }

        await Task.WhenAll(sends).WaitAsync(Limit);
        foreach (IGrouping<int, RecordMetadata> partition in sends.Select(static send => send.Result).GroupBy(static sent => sent.Partition))
        {
            Assert.Equal(Enumerable.Range(0, partition.Count()).Select(static i => (long)i), partition.Select(static sent => sent.Offset));
        }
    }

    /// <summary>Reads all partitions from their beginning to their present end; by partition, then offset.</summary>
    public static async Task<List<PeerRecord>> ConsumeAsync(string bootstrapServers, string topic, bool asBatches)
    {
        await using KafkaClient kafka = new(new KafkaClientOptions { BootstrapServers = bootstrapServers });
        await using KafkaConsumer<byte[]?, byte[]?> consumer = kafka.CreateConsumer<byte[]?, byte[]?>();
        TopicDescription described = await kafka.Topics.DescribeAsync(topic);
        TopicPartition[] partitions = [.. described.Partitions.Select(p => new TopicPartition(topic, p.Partition))];
        IReadOnlyList<TopicPartitionOffset> ends = await consumer.EndOffsetsAsync(partitions);
        consumer.Assign([.. partitions.Select(static p => new TopicPartitionOffset(p.Topic, p.Partition, TopicPartitionOffset.Beginning))]);
        using CancellationTokenSource limit = new(Limit);
        List<PeerRecord> records = [];
        while (ends.Any(end => consumer.Position(new TopicPartition(end.Topic, end.Partition)) < end.Offset))
        {
            if (asBatches ? !TakeBatch(consumer, records) : !TakeRecord(consumer, records))
            {
                await consumer.WaitToReadAsync(limit.Token);
            }
        }

        return [.. records.OrderBy(static record => record.Partition).ThenBy(static record => record.Offset)];
    }

    private static ReadOnlyMemory<byte>? Memory(byte[]? bytes) => bytes is null ? null : (ReadOnlyMemory<byte>?)bytes;

    private static bool TakeBatch(KafkaConsumer<byte[]?, byte[]?> consumer, List<PeerRecord> records)
    {
        if (!consumer.TryReadBatch(out ConsumedBatch batch))
        {
            return false;
        }

        using (batch)
        {
            foreach (RecordView record in batch)
            {
                records.Add(new PeerRecord(
                    batch.Partition, record.IsKeyNull ? null : record.Key.ToArray(), record.IsValueNull ? null : record.Value.ToArray(),
                    record.Timestamp, Headers(record.Headers)) { Offset = record.Offset });
            }
        }

        return true;
    }

    private static bool TakeRecord(KafkaConsumer<byte[]?, byte[]?> consumer, List<PeerRecord> records)
    {
        if (!consumer.TryRead(out ConsumedRecord<byte[]?, byte[]?> record))
        {
            return false;
        }

        records.Add(new PeerRecord(record.Partition, record.Key, record.Value, record.Timestamp, Headers(record.Headers)) { Offset = record.Offset });
        return true;
    }

    private static List<(string Name, byte[]? Value)> Headers(RecordHeadersView headers)
    {
        List<(string, byte[]?)> list = [];
        foreach (RecordHeaderView header in headers)
        {
            list.Add((header.Key, header.IsValueNull ? null : header.Value.ToArray()));
        }

        return list;
    }
}
