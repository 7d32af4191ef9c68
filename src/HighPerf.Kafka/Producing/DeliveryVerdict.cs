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

    /// <summary>The batch is too large: parts of it take its place, with its numbers (P14). Until they are there it counts as in flight.</summary>
    Divided,

    /// <summary>
    /// Some records of the batch are refused for good: fail them, and the others take the place of the whole, with new numbers (P14, P18). Until they are there
    /// it counts as in flight.
    /// </summary>
    Culled,
}
