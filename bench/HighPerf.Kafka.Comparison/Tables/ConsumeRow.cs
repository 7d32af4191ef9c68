namespace HighPerf.Kafka.Comparison.Tables;

/// <summary>A load that reads, under which the clients are put one after the other.</summary>
/// <param name="Verb">consume or roundtrip.</param>
/// <param name="Arguments">Of the commands of both clients; on a storing server, no more records than <paramref name="Stored"/>.</param>
/// <param name="IsInGroup">Whether each run is given a group of its own.</param>
/// <param name="Stored">Records that a storing server is filled with.</param>
/// <param name="Servers">Against what.</param>
internal sealed record ConsumeRow(string Name, string Verb, string Arguments, bool IsInGroup, long Stored, params ServerKind[] Servers)
{
    private const long Small = 4_000_000;
    private const long Large = 1_000_000;

    // A storing server has no end of records: what warms up is bounded there, too.
    private const string SmallCounts = "--warmup 500000 -n 3000000";
    private const string LargeCounts = "--warmup 100000 -n 700000";

    public int Partitions { get; init; } = 12;

    /// <summary>Bytes of key and value together.</summary>
    public int RecordSize { get; init; } = 100;

    public static IReadOnlyList<ConsumeRow> All { get; } =
    [
        new("100 B batch, group", "consume", $"--mode batch {SmallCounts}", true, Small, ServerKind.Null, ServerKind.Storing),
        new("100 B record, group", "consume", $"--mode record {SmallCounts}", true, Small, ServerKind.Null, ServerKind.Storing),
        new("100 B bytes, group", "consume", $"--mode bytes {SmallCounts}", true, Small, ServerKind.Null, ServerKind.Storing),
        new("100 B batch, assigned", "consume", $"--mode batch {SmallCounts}", false, Small, ServerKind.Null, ServerKind.Storing),
        new("100 B record, assigned", "consume", $"--mode record {SmallCounts}", false, Small, ServerKind.Null, ServerKind.Storing),
        new("1,000 B batch, group", "consume", $"--mode batch {LargeCounts}", true, Large, ServerKind.Null, ServerKind.Storing) { RecordSize = 1000 },
        new("1,000 B record, group", "consume", $"--mode record {LargeCounts}", true, Large, ServerKind.Null, ServerKind.Storing) { RecordSize = 1000 },
        new("end to end, 1,000/s, group", "roundtrip", "--rate 1000 -n 10000", true, 0, ServerKind.Storing),
        new("end to end, 1,000/s, assigned", "roundtrip", "--rate 1000 -n 10000", false, 0, ServerKind.Storing),
        new("end to end, 50,000/s, group", "roundtrip", "--rate 50000 -n 500000", true, 0, ServerKind.Storing),
        new("idle, group", "consume", "--mode idle -n 10000", true, 20_000, ServerKind.Storing),
        new("idle, 1,000 partitions, group", "consume", "--mode idle -n 10000", true, 20_000, ServerKind.Storing) { Partitions = 1000 },
    ];
}
