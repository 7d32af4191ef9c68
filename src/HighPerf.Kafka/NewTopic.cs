namespace HighPerf.Kafka;

/// <summary>A topic to be created.</summary>
public sealed class NewTopic
{
    /// <summary>1 to 249 of letters, digits, '.', '_' and '-'.</summary>
    public required string Name { get; init; }

    /// <summary>How many partitions; null for the brokers' default.</summary>
    public int? Partitions { get; init; }

    /// <summary>How many copies of each partition; null for the brokers' default.</summary>
    public short? ReplicationFactor { get; init; }

    /// <summary>Settings that differ from the brokers' defaults, such as <c>cleanup.policy</c>.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Configuration { get; init; } = [];
}
