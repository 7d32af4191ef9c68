namespace HighPerf.Kafka.Consuming.Fetching;

/// <summary>One topic of a fetch session. Owner: the session's loop.</summary>
internal sealed class SessionTopic(string name, byte[] bytes)
{
    public string Name { get; } = name;

    public byte[] Bytes { get; } = bytes;

    /// <summary>All zeros while it is not known.</summary>
    public Guid Id { get; set; }

    /// <summary>How many of its partitions are fetched.</summary>
    public int Wanted { get; set; }

    /// <summary>By number; looked up only.</summary>
    public Dictionary<int, SessionPartition> Partitions { get; } = [];
}
