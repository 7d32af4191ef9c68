using Confluent.Kafka;
using HighPerf.Kafka.Cli.Measuring.Consuming;

namespace HighPerf.Kafka.Comparison.ConfluentClient;

/// <summary>Runs an end-to-end load through Confluent.Kafka.</summary>
internal static class ConfluentRoundTripBench
{
    /// <exception cref="InvalidOperationException">There is no librdkafka of the right version, or not all records came back.</exception>
    public static async Task RunAsync(RoundTripSettings settings, ConsumeReport report, CancellationToken token)
    {
        NativeLibraryOfConfluent.Require();
        ProducerConfig produce = new()
        {
            BootstrapServers = settings.BootstrapServers,
            ClientId = "comparison",
            Acks = Acks.All,
            EnableIdempotence = true,
            LingerMs = settings.LingerMilliseconds,
            BatchSize = settings.BatchBytes,
            BatchNumMessages = 1_000_000,
            MaxInFlight = 5,
            EnableDeliveryReports = false,
        };
        using IProducer<byte[], byte[]> producer = new ProducerBuilder<byte[], byte[]>(produce).Build();
        using IConsumer<byte[], byte[]> consumer = new ConsumerBuilder<byte[], byte[]>(
            ConfluentConsumers.Config(settings.BootstrapServers, settings.Group)).Build();
        ConfluentConsumers.Begin(consumer, settings.BootstrapServers, settings.Topic, settings.Group, Offset.End);
        report.Print(await new RoundTripLoad(new Client(producer, consumer, settings.Topic), settings).MeasureAsync(token));
        consumer.Close();
    }

    private sealed class Client(IProducer<byte[], byte[]> producer, IConsumer<byte[], byte[]> consumer, string topic) : IRoundTripClient
    {
        public void Send(byte[] key, byte[] value) => producer.Produce(topic, new Message<byte[], byte[]> { Key = key, Value = value });

        public Task ReadAsync(RoundTripTally tally, CancellationToken token) => Task.Factory.StartNew(
            () =>
            {
                while (!token.IsCancellationRequested)
                {
                    tally.Add(consumer.Consume(token).Message.Value);
                }
            },
            token,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
    }
}
