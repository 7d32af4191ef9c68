namespace HighPerf.Kafka.Cli.Measuring.Consuming;

/// <summary>What a consume load is, for any client: the values of its knobs, in words that every client knows.</summary>
internal sealed record ConsumeSettings
{
    public required string BootstrapServers { get; init; }

    public required string Topic { get; init; }

    /// <summary>At least.</summary>
    public required long Records { get; init; }

    /// <summary>Records read beforehand and not measured, at least.</summary>
    public required long WarmUpRecords { get; init; }

    /// <summary>How long is read beforehand, at least: the runtime compiles again what runs often, and takes its time for that.</summary>
    public required double WarmUpSeconds { get; init; }

    /// <summary>Whether <see cref="Records"/> are those read in all, so that a topic can be read to its last record.</summary>
    public required bool IsInAll { get; init; }

    public required ReadMode Mode { get; init; }

    /// <summary>The group that assigns the partitions and that is committed for; null: every partition is assigned, and nothing committed.</summary>
    public required string? Group { get; init; }

    /// <summary>The most one fetch brings, in bytes.</summary>
    public required int FetchBytes { get; init; }

    /// <summary>The most one fetch brings of one partition, in bytes.</summary>
    public required int PartitionFetchBytes { get; init; }

    /// <summary>The most that is received ahead of the reader, in bytes.</summary>
    public required long PrefetchBytes { get; init; }

    /// <summary>Whether checksums of batches are left unchecked.</summary>
    public required bool SkipsCrcs { get; init; }

    /// <summary>How long no record may come before the load counts as failed.</summary>
    public required double StallSeconds { get; init; }

    /// <summary>How long an idle consumer is watched.</summary>
    public required double IdleSeconds { get; init; }

    /// <summary>The load in a line.</summary>
    public override string ToString() =>
        $"{Mode.ToString().ToLowerInvariant()}, topic {Topic}, {(Group is null ? "assigned" : $"group {Group}")}, fetches of {FetchBytes:N0} B "
        + $"({PartitionFetchBytes:N0} B of a partition), {PrefetchBytes:N0} B ahead{(SkipsCrcs ? ", CHECKSUMS NOT CHECKED" : "")}";
}
