using HighPerf.Kafka.Cli.Measuring.Consuming;

namespace HighPerf.Kafka.Comparison.ConfluentClient;

/// <summary>Stands where Confluent.Kafka would, in a build without it.</summary>
internal static class ConfluentRoundTripBench
{
    public static Task RunAsync(RoundTripSettings settings, ConsumeReport report, CancellationToken token) =>
        throw new InvalidOperationException("built without Confluent.Kafka (-p:HpkConfluent=false)");
}
