using HighPerf.Kafka.Cli.Measuring.Producing;

namespace HighPerf.Kafka.Comparison.ConfluentClient;

/// <summary>Stands where Confluent.Kafka would, in a build without it.</summary>
internal static class ConfluentBench
{
    public static Task<int> RunAsync(ProduceSettings settings, ProduceReport report, CancellationToken token) =>
        throw new InvalidOperationException("built without Confluent.Kafka (-p:HpkConfluent=false)");
}
