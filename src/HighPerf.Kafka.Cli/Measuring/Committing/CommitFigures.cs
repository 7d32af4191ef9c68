using System.Text.Json;
using HighPerf.Kafka.Cli.Measuring.Producing;

namespace HighPerf.Kafka.Cli.Measuring.Committing;

/// <summary>What became of the commits, and what they cost.</summary>
/// <param name="Latency">Of an awaited commit, from its call.</param>
/// <param name="RoundTripMicroseconds">The median of commits that were alone, one behind the other.</param>
/// <param name="Commits">Those that were awaited.</param>
/// <param name="Traffic">All that the broker saw, before the measurement and after it, too.</param>
internal sealed record CommitFigures(
    CommitSettings Settings, ResourceUse Use, LatencyFigures Latency, double RoundTripMicroseconds, long Commits, long Stores, long Failed,
    CommitTraffic Traffic)
{
    public double RoundTrips(double microseconds) => microseconds / RoundTripMicroseconds;

    public void Write(Utf8JsonWriter json)
    {
        json.WriteNumber("commitsPerSecond", Math.Round(Commits / Use.Seconds, 1));
        json.WriteNumber("storesPerSecond", Math.Round(Stores / Use.Seconds, 1));
        json.WriteNumber("cpuMicrosPerCommit", Math.Round(Use.Cpu.TotalMicroseconds / Commits, 4));
        json.WriteNumber("allocatedBytesPerCommit", Math.Round(Use.AllocatedBytes / (double)Commits, 2));
        json.WriteNumber("failed", Failed);
        LatencyJson.Write(json, Latency);
        json.WriteNumber("roundTripMicros", Math.Round(RoundTripMicroseconds, 1));
        json.WriteNumber("p50RoundTrips", Math.Round(RoundTrips(Latency.P50), 3));
        json.WriteNumber("p99RoundTrips", Math.Round(RoundTrips(Latency.P99), 3));
        json.WriteNumber("requests", Traffic.Requests);
        json.WriteNumber("refused", Traffic.Refused);
        json.WriteNumber("mostInFlight", Traffic.MostAtOnce);
    }

    public void WriteText(TextWriter output)
    {
        output.WriteLine(Settings);
        Line(output, "load", $"{Stores / Use.Seconds:N0} stored offsets/s, {Commits / Use.Seconds:N0} awaited commits/s for {Use.Seconds:F1} s, "
            + $"{Failed:N0} failed");
        Line(output, "round trip", $"{RoundTripMicroseconds:N0} us, the median of commits alone");
        Line(output, "latency", $"p50 {Latency.P50:N0} us ({RoundTrips(Latency.P50):F2} round trips), p99 {Latency.P99:N0} us "
            + $"({RoundTrips(Latency.P99):F2} round trips), max {Latency.Max:N0} us");
        Line(output, "requests", $"{Traffic.Requests:N0} seen by the broker in all, at most {Traffic.MostAtOnce} at a time, {Traffic.Refused} refused");
        Line(output, "CPU", $"{Use.Cpu.TotalMicroseconds / Commits:F2} us per commit with its stored offsets, the pacing thread's included");
        Line(output, "allocated", $"{Use.AllocatedBytes / (double)Commits:F1} B per commit, those of the awaiting code included");
    }

    private static void Line(TextWriter output, string name, string text) => output.WriteLine($"  {name,-12} {text}");
}
