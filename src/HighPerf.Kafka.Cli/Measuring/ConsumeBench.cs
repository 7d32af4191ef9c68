using HighPerf.Kafka.Cli.Measuring.Consuming;

namespace HighPerf.Kafka.Cli.Measuring;

/// <summary>Runs a consume load through this client.</summary>
internal static class ConsumeBench
{
    public static async Task<int> RunAsync(ConsumeSettings settings, KafkaClient kafka, ConsumeReport report, CancellationToken token)
    {
        if (settings.Mode == ReadMode.Record)
        {
            SeenDeserializer seen = new();
            await using KafkaConsumer<BytesSeen, BytesSeen> values = kafka.CreateConsumer(Options(settings), seen, seen);
            await BeginAsync(values, kafka, settings.Topic, settings.Group, token);
            return await RunAsync(new SeenReadClient(values, token), settings, report, token);
        }

        await using KafkaConsumer<byte[], byte[]> consumer = kafka.CreateConsumer<byte[], byte[]>(Options(settings));
        await BeginAsync(consumer, kafka, settings.Topic, settings.Group, token);
        IReadClient client = settings.Mode == ReadMode.Bytes ? new BytesReadClient(consumer, token) : new BatchReadClient(consumer);
        return await RunAsync(client, settings, report, token);
    }

    /// <summary>Subscribes, or assigns every partition from its beginning.</summary>
    internal static async Task BeginAsync<TKey, TValue>(
        KafkaConsumer<TKey, TValue> consumer, KafkaClient kafka, string topic, string? group, CancellationToken token)
    {
        if (group is not null)
        {
            consumer.Subscribe(topic);
            return;
        }

        TopicDescription description = await kafka.Topics.DescribeAsync(topic, token);
        consumer.Assign([.. description.Partitions.Select(p => new TopicPartitionOffset(topic, p.Partition, TopicPartitionOffset.Beginning))]);
    }

    private static async Task<int> RunAsync(IReadClient client, ConsumeSettings settings, ConsumeReport report, CancellationToken token)
    {
        ConsumeLoad load = new(client, settings);
        if (settings.Mode == ReadMode.Idle)
        {
            report.Print(await load.IdleAsync(token));
        }
        else
        {
            report.Print(await load.MeasureAsync(token));
        }

        return Output.ExitCode.Done;
    }

    private static ConsumerOptions Options(ConsumeSettings settings) => new()
    {
        GroupId = settings.Group,
        FetchMaxBytes = settings.FetchBytes,
        PartitionFetchMaxBytes = settings.PartitionFetchBytes,
        PrefetchBytes = settings.PrefetchBytes,
        CheckCrcs = !settings.SkipsCrcs,
    };
}
