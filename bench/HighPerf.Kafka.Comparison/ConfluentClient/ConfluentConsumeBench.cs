using Confluent.Kafka;
using HighPerf.Kafka.Cli.Measuring.Consuming;

namespace HighPerf.Kafka.Comparison.ConfluentClient;

/// <summary>Runs a consume load through Confluent.Kafka.</summary>
internal static class ConfluentConsumeBench
{
    /// <exception cref="InvalidOperationException">There is no librdkafka of the right version, or no more records came.</exception>
    public static async Task RunAsync(ConsumeSettings settings, ConsumeReport report, CancellationToken token)
    {
        NativeLibraryOfConfluent.Require();
        ConsumerConfig config = ConfluentConsumers.Config(settings);
        if (settings.Mode is ReadMode.Bytes or ReadMode.Idle)
        {
            using IConsumer<byte[], byte[]> bytes = new ConsumerBuilder<byte[], byte[]>(config).Build();
            await RunAsync(bytes, static (tally, message) => tally.Add(message.Key, message.Value), settings, report, token);
            return;
        }

        SeenDeserializer seen = new();
        using IConsumer<BytesSeen, BytesSeen> values = new ConsumerBuilder<BytesSeen, BytesSeen>(config)
            .SetKeyDeserializer(seen).SetValueDeserializer(seen).Build();
        await RunAsync(values, static (tally, message) => tally.Add(message.Key, message.Value), settings, report, token);
    }

    private static async Task RunAsync<T>(
        IConsumer<T, T> consumer, Action<RecordTally, Message<T, T>> add, ConsumeSettings settings, ConsumeReport report, CancellationToken token)
    {
        ConfluentConsumers.Begin(consumer, settings.BootstrapServers, settings.Topic, settings.Group, Offset.Beginning);
        ConsumeLoad load = new(new ConfluentReadClient<T>(consumer, add), settings);
        if (settings.Mode == ReadMode.Idle)
        {
            report.Print(await load.IdleAsync(token));
        }
        else
        {
            report.Print(await load.MeasureAsync(token));
        }

        consumer.Close();
    }
}
