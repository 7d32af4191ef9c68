using HighPerf.Kafka.Cli.Measuring.Producing;

namespace HighPerf.Kafka.Cli.Measuring;

/// <summary>Runs a produce load through this client.</summary>
internal static class ProduceBench
{
    private const int LeastRequest = 4 * 1024 * 1024;

    /// <param name="connect">Makes the client.</param>
    /// <param name="report">Takes the figures.</param>
    public static async Task<int> RunAsync(ProduceSettings settings, Func<KafkaClient> connect, ProduceReport report, CancellationToken token)
    {
        if (settings.IsPacerOnly)
        {
            report.Print(await ProduceLoad<UnboundSendClient, RecordMetadata>.MeasurePacerAsync(settings, token), null);
            return Output.ExitCode.Done;
        }

        ProducerOptions options = Options(settings);
        await using KafkaClient kafka = connect();
        await BenchTopic.RequireAsync(kafka, settings.Topic, settings.Partitions, token);
        await using KafkaProducer<byte[], byte[]> producer = kafka.CreateProducer<byte[], byte[]>(options);
        CancellationToken callToken = settings.HasToken ? token : CancellationToken.None;
        return settings.IsBound
            ? await RunAsync<BoundSendClient>(new BoundSendClient(producer, settings.Topic, callToken), settings, report, token)
            : await RunAsync<UnboundSendClient>(new UnboundSendClient(producer, settings.Topic, callToken), settings, report, token);
    }

    private static async Task<int> RunAsync<TClient>(TClient client, ProduceSettings settings, ProduceReport report, CancellationToken token)
        where TClient : struct, ISendClient<RecordMetadata>
    {
        ProduceLoad<TClient, RecordMetadata> load = new(client, settings);
        if (settings.Mode == SendMode.Idle)
        {
            report.Print(await load.IdleAsync(token));
            return Output.ExitCode.Done;
        }

        ProduceFigures figures = await load.MeasureAsync(token);
        report.Print(figures, load.Failure);
        return figures.Failed == 0 ? Output.ExitCode.Done : Output.ExitCode.Failed;
    }

    private static ProducerOptions Options(ProduceSettings settings) => new()
    {
        Acks = Enum.Parse<Acks>(settings.Acks, ignoreCase: true),
        EnableIdempotence = settings.IsIdempotent,
        Linger = TimeSpan.FromMilliseconds(settings.LingerMilliseconds),
        BatchSizeBytes = settings.BatchBytes,
        MaxRequestSizeBytes = Math.Max(LeastRequest, settings.BatchBytes),
        BufferMemoryBytes = settings.BufferBytes,
        Compression = Enum.Parse<CompressionType>(settings.Compression, ignoreCase: true),
    };
}
