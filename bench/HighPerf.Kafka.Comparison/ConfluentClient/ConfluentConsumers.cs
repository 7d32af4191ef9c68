using Confluent.Kafka;
using HighPerf.Kafka.Cli.Measuring.Consuming;

namespace HighPerf.Kafka.Comparison.ConfluentClient;

/// <summary>Consumers of Confluent.Kafka with the settings of a load.</summary>
internal static class ConfluentConsumers
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static ConsumerConfig Config(string servers, string? group) => new()
    {
        BootstrapServers = servers,
        ClientId = "comparison",
        // It has no consumers without a group; one that assigns its partitions itself commits nothing.
        GroupId = group ?? "comparison-assigned",
        EnableAutoCommit = group is not null,
        EnableAutoOffsetStore = group is not null,
        AutoOffsetReset = AutoOffsetReset.Earliest,
        IsolationLevel = IsolationLevel.ReadUncommitted,
        ConsumeResultFields = "none",
    };

    public static ConsumerConfig Config(ConsumeSettings settings)
    {
        ConsumerConfig config = Config(settings.BootstrapServers, settings.Group);
        config.CheckCrcs = !settings.SkipsCrcs;
        config.FetchMaxBytes = settings.FetchBytes;
        config.MaxPartitionFetchBytes = settings.PartitionFetchBytes;
        // What is received ahead is bounded by its bytes.
        config.QueuedMaxMessagesKbytes = (int)Math.Min(settings.PrefetchBytes / 1024, 2_097_151);
        config.QueuedMinMessages = 1_000_000;
        // A full queue is looked at again soon: with the second that is its default, a fast reader finds it empty.
        config.FetchQueueBackoffMs = 2;
        return config;
    }

    /// <summary>Subscribes, or assigns every partition from a place.</summary>
    public static void Begin<TKey, TValue>(IConsumer<TKey, TValue> consumer, string servers, string topic, string? group, Offset from)
    {
        if (group is not null)
        {
            consumer.Subscribe(topic);
            return;
        }

        using IAdminClient admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = servers }).Build();
        TopicPartition[] partitions =
        [
            .. admin.GetMetadata(topic, Patience).Topics.Single().Partitions.Select(p => new TopicPartition(topic, p.PartitionId)),
        ];
        consumer.Assign(partitions.Select(partition => new TopicPartitionOffset(
            partition, from == Offset.End ? consumer.QueryWatermarkOffsets(partition, Patience).High : from)));
    }
}
