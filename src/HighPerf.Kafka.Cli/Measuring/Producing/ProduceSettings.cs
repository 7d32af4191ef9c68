namespace HighPerf.Kafka.Cli.Measuring.Producing;

/// <summary>What a produce load is, for any client: the values of its knobs, in words that every client knows.</summary>
internal sealed record ProduceSettings
{
    /// <summary>Bytes of the key of every record that has one.</summary>
    public const int KeySize = 8;

    public required string BootstrapServers { get; init; }

    public required string Topic { get; init; }

    public required long Records { get; init; }

    /// <summary>Records sent beforehand and not measured, at least.</summary>
    public required long WarmUpRecords { get; init; }

    /// <summary>How long records are sent beforehand, at least: the runtime compiles again what runs often, and takes its time for that.</summary>
    public required double WarmUpSeconds { get; init; }

    /// <summary>Bytes of key and value together.</summary>
    public required int Size { get; init; }

    public required int Partitions { get; init; }

    /// <summary>all, leader or none.</summary>
    public required string Acks { get; init; }

    public required bool IsIdempotent { get; init; }

    public required double LingerMilliseconds { get; init; }

    public required int BatchBytes { get; init; }

    /// <summary>The most memory for records that are not acknowledged yet.</summary>
    public required long BufferBytes { get; init; }

    /// <summary>none, gzip, snappy, lz4 or zstd.</summary>
    public required string Compression { get; init; }

    public required int Threads { get; init; }

    /// <summary>Records in a second; 0 is as many as there can be.</summary>
    public required long Rate { get; init; }

    public required SendMode Mode { get; init; }

    /// <summary>How many awaited sends are on their way at a time; 0 when sends are not awaited.</summary>
    public required int Outstanding { get; init; }

    public required bool HasKeys { get; init; }

    /// <summary>Whether records go through what the client has for one topic, if it has it.</summary>
    public required bool IsBound { get; init; }

    /// <summary>Whether each call is given a token that could be cancelled.</summary>
    public required bool HasToken { get; init; }

    /// <summary>Whether only the pacing thread is measured, with nothing sent.</summary>
    public required bool IsPacerOnly { get; init; }

    /// <summary>How long an idle producer is watched.</summary>
    public required double IdleSeconds { get; init; }

    /// <summary>The latency of one in so many records is measured: reading the clock twice would show in the cost of a record.</summary>
    public int SampleEvery => Rate is > 0 and <= 100_000 || Outstanding == 1 ? 1 : 16;

    /// <summary>The load in a line.</summary>
    public override string ToString()
    {
        string how = Outstanding > 1 ? $"{Outstanding:N0} outstanding" : Mode == SendMode.OpenLoop ? "open loop" : Mode.ToString().ToLowerInvariant();
        return $"{how}, {Size:N0} B, {(HasKeys ? $"{KeySize}-byte keys" : "no keys")}{(IsBound ? ", bound to the topic" : "")}, {Partitions:N0} partitions, "
            + $"acks {Acks}{(IsIdempotent ? " idempotent" : "")}, linger {LingerMilliseconds} ms, batch {BatchBytes:N0} B, buffer {BufferBytes:N0} B, "
            + $"compression {Compression}, {Threads} thread{(Threads == 1 ? "" : "s")}{(Rate > 0 ? $", {Rate:N0} records/s" : "")}";
    }
}
