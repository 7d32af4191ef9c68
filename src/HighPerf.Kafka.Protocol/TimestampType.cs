namespace HighPerf.Kafka;

/// <summary>What the timestamp of a record says.</summary>
public enum TimestampType : sbyte
{
    /// <summary>The record has no timestamp: it was written in the oldest message format.</summary>
    NotAvailable = -1,

    /// <summary>The time the producer gave to the record.</summary>
    CreateTime = 0,

    /// <summary>The time at which the broker appended the record's batch to its log.</summary>
    LogAppendTime = 1,
}
