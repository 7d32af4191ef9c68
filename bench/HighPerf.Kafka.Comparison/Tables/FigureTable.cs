using System.Globalization;

namespace HighPerf.Kafka.Comparison.Tables;

/// <summary>The figures of some runs of the clients as Markdown: median and spread of each, and the ratio of the clients.</summary>
internal static class FigureTable
{
    private static readonly (string Figure, string Title)[] Columns =
    [
        ("cpuMicrosPerRecord", "CPU us/record"), ("pacerAlone", "of it the pacer's"), ("cpuMicrosPerRecordBeyondPacer", "CPU us/record beyond the pacer"),
        ("recordsPerSecond", "records/s"), ("allocatedBytesPerRecord", "B allocated/record"), ("gcPauseMs", "GC pause ms"),
        ("memoryOverOneRecord", "peak MB over one record"), ("latencyMicros.p50", "p50 us"), ("latencyMicros.p99", "p99 us"),
        ("latencyMicros.p999", "p99.9 us"), ("latencyMicros.max", "max us"), ("contextSwitchesPerSecond", "context switches/s"),
        ("cpuMicrosPerSecond", "idle CPU us/s"), ("idleMegabytes", "idle MB over one record"), ("connections", "connections"),
    ];

    public static string NameOf(ServerKind server) => server switch
    {
        ServerKind.Null => "null broker",
        ServerKind.Verifying => "verifying null broker",
        ServerKind.Discarding => "embedded cluster, discarding",
        _ => "embedded cluster, storing",
    };

    public static void Print(string[] clients, SortedDictionary<string, List<Run>> runs, TextWriter output)
    {
        string[] measured = [.. clients.Where(runs.ContainsKey)];
        output.WriteLine($"| | {string.Join(" | ", measured)} |{(measured.Length == 2 ? " ours / theirs |" : "")}");
        output.WriteLine($"|---|{string.Concat(measured.Select(_ => "---|"))}{(measured.Length == 2 ? "---|" : "")}");
        foreach ((string figure, string title) in Columns)
        {
            Spread[] spreads = [.. measured.Select(client => Spread.Of(runs[client].Select(run => run[figure])))];
            if (spreads.All(spread => double.IsNaN(spread.Median) || spread is { Least: 0, Most: 0 } && figure.StartsWith("latency", StringComparison.Ordinal)))
            {
                continue;
            }

            string ratio = spreads.Length == 2 ? $" {(spreads[0].Median / spreads[1].Median).ToString("F2", CultureInfo.InvariantCulture)} |" : "";
            output.WriteLine($"| {title} | {string.Join(" | ", spreads)} |{ratio}");
        }
    }
}
