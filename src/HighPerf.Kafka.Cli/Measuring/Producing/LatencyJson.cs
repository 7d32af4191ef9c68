using System.Text.Json;

namespace HighPerf.Kafka.Cli.Measuring.Producing;

/// <summary>Quantiles of a latency as a member of a JSON object.</summary>
internal static class LatencyJson
{
    public static void Write(Utf8JsonWriter json, LatencyFigures latency)
    {
        json.WriteStartObject("latencyMicros");
        json.WriteNumber("p50", Math.Round(latency.P50, 1));
        json.WriteNumber("p90", Math.Round(latency.P90, 1));
        json.WriteNumber("p99", Math.Round(latency.P99, 1));
        json.WriteNumber("p999", Math.Round(latency.P999, 1));
        json.WriteNumber("max", Math.Round(latency.Max, 1));
        json.WriteEndObject();
    }
}
