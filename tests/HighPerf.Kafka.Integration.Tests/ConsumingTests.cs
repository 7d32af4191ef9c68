using HighPerf.Kafka.Integration.Tests.Servers;

namespace HighPerf.Kafka.Integration.Tests;

/// <summary>What consumers with partitions assigned by hand promise, on every server.</summary>
public sealed class ConsumingTests
{
    public static TheoryData<ServerKind> Servers => TestServer.All;

    [SkippableTheory]
    [MemberData(nameof(Servers))]
    public async Task Beginning_end_and_seek(ServerKind kind)
    {
        await using TestServer server = await TestServer.StartAsync(kind);
        string topic = await server.CreateTopicAsync(1);
        await using KafkaClient client = server.CreateClient();
        await ProduceAsync(client, topic, 10);
        await using KafkaConsumer<string, string> consumer = client.CreateConsumer<string, string>();
        TopicPartition partition = new(topic, 0);
        Assert.Equal(0, (await consumer.BeginningOffsetsAsync([partition]))[0].Offset);
        Assert.Equal(10, (await consumer.EndOffsetsAsync([partition]))[0].Offset);

        consumer.Assign(new TopicPartitionOffset(topic, 0, 4));
        Assert.Equal("4", (await Reading.NextAsync(consumer)).Value);
        consumer.Seek(partition, 8);
        Assert.Equal(8, (await Reading.NextAsync(consumer)).Offset);
        consumer.Seek(partition, TopicPartitionOffset.Beginning);
        Assert.Equal("0", (await Reading.NextAsync(consumer)).Value);
        Assert.Equal(1, consumer.Position(partition));
    }

    [SkippableTheory]
    [MemberData(nameof(Servers))]
    public async Task From_the_end_only_what_comes_later_is_read(ServerKind kind)
    {
        await using TestServer server = await TestServer.StartAsync(kind);
        string topic = await server.CreateTopicAsync(1);
        await using KafkaClient client = server.CreateClient();
        await ProduceAsync(client, topic, 5);
        await using KafkaConsumer<string, string> consumer = client.CreateConsumer<string, string>();
        consumer.Assign(new TopicPartitionOffset(topic, 0, (await consumer.EndOffsetsAsync([new(topic, 0)]))[0].Offset));
        Task<ConsumedRecord<string, string>> next = Reading.NextAsync(consumer);
        await ProduceAsync(client, topic, 1, from: 5);
        Assert.Equal("5", (await next).Value);
    }

    [SkippableTheory]
    [MemberData(nameof(Servers))]
    public async Task Offsets_for_times(ServerKind kind)
    {
        await using TestServer server = await TestServer.StartAsync(kind, ServerFeatures.OffsetsForTimes);
        string topic = await server.CreateTopicAsync(1);
        await using KafkaClient client = server.CreateClient();
        DateTimeOffset start = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_000);
        await using (KafkaProducer<string, string> producer = client.CreateProducer<string, string>())
        {
            for (int i = 0; i < 10; i++)
            {
                long time = start.AddSeconds(10 * i).ToUnixTimeMilliseconds();
                await producer.EnqueueAsync(new ProduceRecord<string, string>(topic, "k", $"{i}") { Timestamp = time });
            }

            await producer.FlushAsync();
        }

        await using KafkaConsumer<string, string> consumer = client.CreateConsumer<string, string>();
        TopicPartition[] partition = [new(topic, 0)];
        Assert.Equal(0, (await consumer.OffsetsForTimeAsync(partition, start.AddDays(-1)))[0].Offset);
        Assert.Equal(3, (await consumer.OffsetsForTimeAsync(partition, start.AddSeconds(30)))[0].Offset);
        Assert.Equal(4, (await consumer.OffsetsForTimeAsync(partition, start.AddSeconds(31)))[0].Offset);
        Assert.Equal(-1, (await consumer.OffsetsForTimeAsync(partition, start.AddDays(1)))[0].Offset);
    }

    [SkippableTheory]
    [MemberData(nameof(Servers))]
    public async Task An_offset_behind_the_end_follows_the_reset_policy(ServerKind kind)
    {
        await using TestServer server = await TestServer.StartAsync(kind, ServerFeatures.OffsetOutOfRange);
        string topic = await server.CreateTopicAsync(1);
        await using KafkaClient client = server.CreateClient();
        await ProduceAsync(client, topic, 3);
        await using (KafkaConsumer<string, string> consumer = client.CreateConsumer<string, string>())
        {
            consumer.Assign(new TopicPartitionOffset(topic, 0, 1_000));
            Assert.Equal("0", (await Reading.NextAsync(consumer)).Value);
        }

        await using KafkaConsumer<string, string> strict = client.CreateConsumer<string, string>(
            new ConsumerOptions { AutoOffsetReset = AutoOffsetReset.Error });
        strict.Assign(new TopicPartitionOffset(topic, 0, 1_000));
        KafkaException told = await Assert.ThrowsAnyAsync<KafkaException>(() => Reading.NextAsync(strict));
        Assert.Contains(topic, told.Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [MemberData(nameof(Servers))]
    public async Task F12_the_append_time_of_the_broker_is_the_time_of_the_record(ServerKind kind)
    {
        await using TestServer server = await TestServer.StartAsync(kind, ServerFeatures.LogAppendTime);
        string topic = await server.CreateTopicAsync(1, ("message.timestamp.type", "LogAppendTime"));
        await using KafkaClient client = server.CreateClient();
        await using KafkaProducer<string?, string?> producer = client.CreateProducer<string?, string?>();
        RecordMetadata where = await producer.SendAsync(new ProduceRecord<string?, string?>(topic, "k", "v") { Timestamp = 1_700_000_000_000 });
        List<ConsumedRecord<string?, string?>>[] read = await Reading.ReadAllAsync(client, topic, 1);
        Assert.Equal(where.Timestamp, read[0][0].Timestamp);
        Assert.InRange(read[0][0].Timestamp, 1_750_000_000_000, long.MaxValue);
    }

    [SkippableTheory]
    [MemberData(nameof(Servers))]
    public async Task Batches_and_records_say_the_same(ServerKind kind)
    {
        await using TestServer server = await TestServer.StartAsync(kind);
        string topic = await server.CreateTopicAsync(1);
        await using KafkaClient client = server.CreateClient();
        await ProduceAsync(client, topic, 1_000);
        List<ConsumedRecord<string?, string?>>[] records = await Reading.ReadAllAsync(client, topic, 1);
        await using KafkaConsumer<string, string> consumer = client.CreateConsumer<string, string>();
        consumer.Assign(new TopicPartitionOffset(topic, 0, TopicPartitionOffset.Beginning));
        using CancellationTokenSource limit = new(Reading.Limit);
        List<(long, string)> byBatch = [];
        while (byBatch.Count < 1_000)
        {
            await consumer.WaitToReadAsync(limit.Token);
            while (consumer.TryReadBatch(out ConsumedBatch batch))
            {
                using (batch)
                {
                    foreach (RecordView record in batch)
                    {
                        byBatch.Add((record.Offset, System.Text.Encoding.UTF8.GetString(record.Value)));
                    }
                }
            }
        }

        Assert.Equal(records[0].Select(static record => (record.Offset, record.Value!)), byBatch);
    }

    private static async Task ProduceAsync(KafkaClient client, string topic, int count, int from = 0)
    {
        await using KafkaProducer<string, string> producer = client.CreateProducer<string, string>();
        for (int i = from; i < from + count; i++)
        {
            await producer.EnqueueAsync(topic, "k", $"{i}");
        }

        await producer.FlushAsync();
    }
}
