namespace HighPerf.Kafka.Producing;

/// <summary>What an answer means for the batch it is about.</summary>
internal enum DeliveryVerdict
{
    /// <summary>The batch is in the log: complete its records.</summary>
    Acknowledged,

    /// <summary>The batch is refused for good: fail its records.</summary>
    Failed,

    /// <summary>The batch stays and is sent again.</summary>
    Retried,
}
