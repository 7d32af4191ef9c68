namespace HighPerf.Kafka.Producing;

/// <summary>How much waits in each partition of a topic, as far as a glance tells.</summary>
internal interface IPartitionLoads
{
    /// <summary>How many partitions there are; at least one.</summary>
    int Count { get; }

    /// <summary>Batches of a partition that are not acknowledged yet; -1 when records cannot be brought to it now.</summary>
    int LoadOf(int partition);
}
