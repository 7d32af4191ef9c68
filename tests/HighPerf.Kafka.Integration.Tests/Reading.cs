namespace HighPerf.Kafka.Integration.Tests;

/// <summary>Reads what a topic holds.</summary>
internal static class Reading
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static TopicPartition[] PartitionsOf(string topic, int count) => [.. Enumerable.Range(0, count).Select(p => new TopicPartition(topic, p))];

    /// <summary>Everything from the beginning to the present end, by partition, in the order of offsets.</summary>
    public static async Task<List<ConsumedRecord<string?, string?>>[]> ReadAllAsync(KafkaClient client, string topic, int partitions)
    {
        await using KafkaConsumer<string?, string?> consumer = client.CreateConsumer<string?, string?>();
        IReadOnlyList<TopicPartitionOffset> ends = await consumer.EndOffsetsAsync(PartitionsOf(topic, partitions));
        consumer.Assign([.. ends.Select(static end => end with { Offset = TopicPartitionOffset.Beginning })]);
        List<ConsumedRecord<string?, string?>>[] records = [.. ends.Select(static _ => new List<ConsumedRecord<string?, string?>>())];
        using CancellationTokenSource limit = new(Limit);
        while (ends.Any(end => consumer.Position(new TopicPartition(topic, end.Partition)) < end.Offset))
        {
            if (consumer.TryRead(out ConsumedRecord<string?, string?> record))
            {
                records[record.Partition].Add(record);
            }
            else
            {
                await consumer.WaitToReadAsync(limit.Token);
            }
        }

        return records;
    }

    /// <summary>The next record, whichever it is.</summary>
    public static async Task<ConsumedRecord<string, string>> NextAsync(KafkaConsumer<string, string> consumer)
    {
        using CancellationTokenSource limit = new(Limit);
        ConsumedRecord<string, string> record;
        while (!consumer.TryRead(out record))
        {
            await consumer.WaitToReadAsync(limit.Token);
        }

        return record;
    }
}
