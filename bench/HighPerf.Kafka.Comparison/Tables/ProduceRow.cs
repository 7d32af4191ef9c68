namespace HighPerf.Kafka.Comparison.Tables;

/// <summary>A load that the clients are put under, one after the other.</summary>
/// <param name="Arguments">Of the produce commands of both clients.</param>
/// <param name="Servers">Against what.</param>
internal sealed record ProduceRow(string Name, string Arguments, params ServerKind[] Servers)
{
    public int Partitions { get; init; } = 12;

    /// <summary>Whether only this client has it.</summary>
    public bool IsOursAlone { get; init; }

    /// <summary>Records of the untimed twin on the verifying null broker; 0 for none.</summary>
    public long TwinRecords { get; init; } = 500_000;

    /// <summary>The rows of the plan whose rate does not depend on others'.</summary>
    public static IReadOnlyList<ProduceRow> All { get; } =
    [
        new("100 B fire", "--mode fire -n 4000000", ServerKind.Null, ServerKind.Discarding, ServerKind.Storing),
        new("100 B callback", "--mode completion -n 3000000", ServerKind.Null, ServerKind.Discarding, ServerKind.Storing),
        new("100 B 10,000 outstanding", "--mode completion --outstanding 10000 -n 2000000", ServerKind.Null, ServerKind.Discarding, ServerKind.Storing),
        new("1,000 B fire", "--mode fire --size 1000 -n 1000000", ServerKind.Null, ServerKind.Discarding, ServerKind.Storing),
        new("100 B fire, topic-bound", "--mode fire --bound -n 4000000", ServerKind.Null) { IsOursAlone = true },
        new("100 B callback, topic-bound", "--mode completion --bound -n 3000000", ServerKind.Null) { IsOursAlone = true },
        new("100 B fire, null keys", "--mode fire --null-key -n 4000000", ServerKind.Null),
        new("100 B fire, 4 threads", "--mode fire --threads 4 -n 4000000", ServerKind.Null),
        new("100 B awaited", "--mode awaited --linger-ms 0 -n 20000", ServerKind.Null, ServerKind.Discarding) { TwinRecords = 20_000 },
        new("100 B trickle of 1,000/s", "--mode fire --rate 1000 -n 5000", ServerKind.Null, ServerKind.Discarding) { TwinRecords = 2_000 },
        new("idle", "--mode idle -n 1000000", ServerKind.Null) { TwinRecords = 0 },
        new("idle, 1,000 partitions", "--mode idle -n 4000000 --partitions 1000", ServerKind.Null) { Partitions = 1000, TwinRecords = 0 },
    ];
}
