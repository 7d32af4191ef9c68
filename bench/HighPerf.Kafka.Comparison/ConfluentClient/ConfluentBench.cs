using Confluent.Kafka;
using HighPerf.Kafka.Cli.Measuring.Producing;

namespace HighPerf.Kafka.Comparison.ConfluentClient;

/// <summary>Runs a produce load through Confluent.Kafka.</summary>
internal static class ConfluentBench
{
    private const int LeastRequest = 4 * 1024 * 1024;

    /// <exception cref="InvalidOperationException">There is no librdkafka of the right version.</exception>
    public static async Task<int> RunAsync(ProduceSettings settings, ProduceReport report, CancellationToken token)
    {
        NativeLibraryOfConfluent.Require();
        if (settings.IsPacerOnly)
        {
            report.Print(await ProduceLoad<ConfluentSendClient, DeliveryResult<byte[], byte[]>>.MeasurePacerAsync(settings, token), null);
            return 0;
        }

        using IProducer<byte[], byte[]> producer = new ProducerBuilder<byte[], byte[]>(Options(settings)).Build();
        ConfluentSendClient client = new(producer, settings.Topic, settings.HasToken ? token : CancellationToken.None);
        ProduceLoad<ConfluentSendClient, DeliveryResult<byte[], byte[]>> load = new(client, settings);
        if (settings.Mode == SendMode.Idle)
        {
            report.Print(await load.IdleAsync(token));
            return 0;
        }

        ProduceFigures figures = await load.MeasureAsync(token);
        report.Print(figures, load.Failure);
        return figures.Failed == 0 ? 0 : 1;
    }

    private static ProducerConfig Options(ProduceSettings settings) => new()
    {
        BootstrapServers = settings.BootstrapServers,
        ClientId = "comparison",
        Acks = settings.Acks switch { "all" => Acks.All, "leader" => Acks.Leader, _ => Acks.None },
        EnableIdempotence = settings.IsIdempotent,
        LingerMs = settings.LingerMilliseconds,
        BatchSize = settings.BatchBytes,
        // A batch is to be full by its bytes, and the queue by its bytes.
        BatchNumMessages = 1_000_000,
        QueueBufferingMaxMessages = 10_000_000,
        QueueBufferingMaxKbytes = (int)Math.Min(settings.BufferBytes / 1024, int.MaxValue),
        MessageMaxBytes = Math.Max(LeastRequest, settings.BatchBytes),
        MaxInFlight = 5,
        CompressionType = Enum.Parse<CompressionType>(settings.Compression, ignoreCase: true),
        // Without the parts of a report that nobody looks at: the cheapest way to learn of a delivery.
        EnableDeliveryReports = settings.Mode is not (SendMode.Fire or SendMode.Idle),
        DeliveryReportFields = "none",
    };
}
