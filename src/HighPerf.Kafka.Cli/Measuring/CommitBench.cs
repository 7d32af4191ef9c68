using HighPerf.Kafka.Cli.Measuring.Committing;

namespace HighPerf.Kafka.Cli.Measuring;

/// <summary>Measures commits against an embedded cluster in a process of its own, which answers late and tells of every request.</summary>
internal static class CommitBench
{
    private const string Topic = "commits";

    private static readonly TimeSpan AssignmentLook = TimeSpan.FromMilliseconds(20);

    /// <returns>The figures, and why the first commit failed, if one did.</returns>
    public static async Task<(CommitFigures Figures, string? Failure)> RunAsync(CommitSettings settings, CancellationToken token)
    {
        CommitTraffic traffic = new();
        await using BrokerProcess broker = await BrokerProcess.StartAsync(
            token, traffic.Add, "--topic", $"{Topic}:{settings.Partitions}", "--fault", $"*:delay={settings.DelayMilliseconds}ms", "--log", "requests");
        CommitFigures figures;
        string? failure;
        await using (KafkaClient kafka = new(new KafkaClientOptions { BootstrapServers = broker.BootstrapServers, ClientId = "hpk" }))
        {
            await using KafkaConsumer<byte[], byte[]> consumer = kafka.CreateConsumer<byte[], byte[]>(
                new ConsumerOptions { GroupId = "commits", OffsetStore = OffsetStore.Manual, EnableAutoCommit = false });
            consumer.Subscribe(Topic);
            using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(token);
            Task<bool> asking = consumer.WaitToReadAsync(over.Token).AsTask(); // nothing ever comes, and a member has to ask
            using ManualResetEvent never = new(false);
            while (consumer.Assignment.Count < settings.Partitions)
            {
                token.ThrowIfCancellationRequested();
                never.WaitOne(AssignmentLook);
            }

            CommitLoad load = new(consumer, settings, [.. consumer.Assignment.Order()]);
            figures = await load.MeasureAsync(traffic, token);
            failure = load.Failure;
            await over.CancelAsync();
            await ((Task)asking).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }

        await broker.StopAsync(); // only now is everything told
        return (figures, failure);
    }
}
