namespace HighPerf.Kafka;

/// <summary>How <see cref="KafkaConsumer{TKey, TValue}.RunAsync"/> processes. Read once, when it begins.</summary>
public sealed class ProcessingOptions
{
    /// <summary>The most handlers at the same time.</summary>
    public int MaxConcurrency { get; set; } = 64;

    /// <summary>What is processed one after the other.</summary>
    public ProcessingOrdering Ordering { get; set; } = ProcessingOrdering.ByPartition;

    /// <summary>
    /// The most records of one partition that are read ahead of the oldest that is not processed. One that takes its time, or failed, holds up its partition
    /// when the
    /// others are that far ahead, and no other partition.
    /// </summary>
    public int MaxRecordsAhead { get; set; } = 1000;

    /// <summary>
    /// Whether a handler that throws ends everything. If not, only its lane stops (its partition, or its key): others go on, nothing is committed past the
    /// record,
    /// and <see cref="OnLaneStopped"/> hears of it.
    /// </summary>
    public bool StopsOnFailure { get; set; }

    /// <summary>Hears of each lane that stops, on a thread of the pool. Null: it is logged only.</summary>
    public Action<KafkaProcessingException>? OnLaneStopped { get; set; }

    internal ProcessingOptions Validated()
    {
        ProcessingOptions copy = (ProcessingOptions)MemberwiseClone();
        Require(MaxConcurrency is >= 1 and <= 100_000, nameof(MaxConcurrency), MaxConcurrency, "from 1 to 100,000");
        Require(Enum.IsDefined(Ordering), nameof(Ordering), Ordering, "one of ProcessingOrdering");
        Require(MaxRecordsAhead is >= 1 and <= 1_000_000, nameof(MaxRecordsAhead), MaxRecordsAhead, "from 1 to 1,000,000");
        return copy;
    }

    private static void Require(bool holds, string name, object value, string expected)
    {
        if (!holds)
        {
            throw new ArgumentException($"ProcessingOptions.{name} is {value}; it must be {expected}.", name);
        }
    }
}
