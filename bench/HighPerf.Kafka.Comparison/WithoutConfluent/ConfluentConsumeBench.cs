using HighPerf.Kafka.Cli.Measuring.Consuming;

namespace HighPerf.Kafka.Comparison.ConfluentClient;

/// <summary>Stands where Confluent.Kafka would, in a build without it.</summary>
internal static class ConfluentConsumeBench
{
    public static Task RunAsync(ConsumeSettings settings, ConsumeReport report, CancellationToken token) =>
        throw new InvalidOperationException("built without Confluent.Kafka (-p:HpkConfluent=false)");
}
