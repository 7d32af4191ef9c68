using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Logs;

namespace HighPerf.Kafka.Testing.Producing;

/// <summary>What became of the records for one partition.</summary>
internal readonly record struct ProduceResult(int Index)
{
    /// <summary>Where they were to go; null when there is no such partition.</summary>
    public Partition? Partition { get; init; }

    public ErrorCode Error { get; init; }

    public long BaseOffset { get; init; } = -1;

    /// <summary>The time that all records got; -1: they keep their own.</summary>
    public long LogAppendTime { get; init; } = -1;

    public long LogStartOffset { get; init; } = -1;

    /// <summary>The high watermark with which everybody has the records; -1: nobody waits for that.</summary>
    public long RequiredOffset { get; init; } = -1;

    public string? Message { get; init; }

    /// <summary>What is wrong with single records (KIP-467).</summary>
    public List<RecordError>? RecordErrors { get; init; }
}
