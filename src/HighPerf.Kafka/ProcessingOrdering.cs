namespace HighPerf.Kafka;

/// <summary>What is processed one after the other, and what at the same time.</summary>
public enum ProcessingOrdering
{
    /// <summary>Records of one partition one after the other, in their order; partitions at the same time.</summary>
    ByPartition,

    /// <summary>
    /// Records of one partition with the same key one after the other, in their order; others at the same time. Records without a key are in no order.
    /// </summary>
    ByKey,
}
