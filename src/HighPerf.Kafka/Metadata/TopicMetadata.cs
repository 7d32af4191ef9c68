namespace HighPerf.Kafka.Metadata;

/// <summary>What is known of one topic. Immutable.</summary>
internal sealed class TopicMetadata
{
    public TopicMetadata(string name, Guid id, ErrorCode error, bool isInternal, PartitionMetadata[] partitions)
    {
        Name = name;
        Id = id;
        Error = error;
        IsInternal = isInternal;
        Partitions = partitions;
    }

    public string Name { get; }

    /// <summary>All zeros when the broker is too old to have ids.</summary>
    public Guid Id { get; }

    /// <summary>None when <see cref="Partitions"/> counts; else why the brokers do not tell.</summary>
    public ErrorCode Error { get; }

    public bool IsInternal { get; }

    /// <summary>By partition number, without gaps.</summary>
    public PartitionMetadata[] Partitions { get; }

    /// <summary>The leader of a partition; <see cref="PartitionMetadata.NoLeader"/> when it has none or there is no such partition.</summary>
    public int LeaderOf(int partition) =>
        (uint)partition < (uint)Partitions.Length ? Partitions[partition].Leader : PartitionMetadata.NoLeader;
}
