namespace HighPerf.Kafka.Cli.Measuring.Consuming;

/// <summary>Records that are sent at a fixed rate and read back in the same process, for any client.</summary>
internal sealed record RoundTripSettings
{
    public required string BootstrapServers { get; init; }

    public required string Topic { get; init; }

    public required long Records { get; init; }

    /// <summary>Records sent and read beforehand and not measured.</summary>
    public required long WarmUpRecords { get; init; }

    /// <summary>Records in a second.</summary>
    public required long Rate { get; init; }

    /// <summary>Bytes of key and value together.</summary>
    public required int Size { get; init; }

    public required int Partitions { get; init; }

    public required double LingerMilliseconds { get; init; }

    public required int BatchBytes { get; init; }

    /// <summary>The reader's group; null: every partition is assigned.</summary>
    public required string? Group { get; init; }

    /// <summary>Batch or Bytes.</summary>
    public required ReadMode Mode { get; init; }

    /// <summary>How long the last record may take.</summary>
    public required double StallSeconds { get; init; }

    /// <summary>The load in a line.</summary>
    public override string ToString() =>
        $"end to end, open loop, {Rate:N0} records/s of {Size:N0} B over {Partitions:N0} partitions, acks all idempotent, linger {LingerMilliseconds} ms, "
        + $"batch {BatchBytes:N0} B, read by {Mode.ToString().ToLowerInvariant()}, {(Group is null ? "assigned" : $"group {Group}")}";
}
