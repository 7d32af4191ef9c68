namespace HighPerf.Kafka.Testing.Groups;

/// <summary>What a group committed last for one partition. Owner: the cluster's loop.</summary>
internal sealed class CommittedOffset
{
    public CommittedOffset(Guid topic, int partition)
    {
        Topic = topic;
        Partition = partition;
    }

    public Guid Topic { get; }

    public int Partition { get; }

    public long Offset { get; set; }

    public int LeaderEpoch { get; set; } = -1;

    public string Metadata { get; set; } = "";

    /// <summary>Which commit of its group it was, those in open transactions counted.</summary>
    public long Order { get; set; }

    /// <summary>When it was committed, milliseconds since 1970.</summary>
    public long CommitTimeMs { get; set; }

    /// <summary>When it is dropped, milliseconds since 1970, if its commit said so; null: when the cluster's retention is over.</summary>
    public long? ExpireTimeMs { get; set; }
}
