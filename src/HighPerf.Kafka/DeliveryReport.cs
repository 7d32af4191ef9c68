namespace HighPerf.Kafka;

/// <summary>What became of one record.</summary>
public readonly struct DeliveryReport
{
    internal DeliveryReport(in RecordMetadata metadata, Exception? error, object? state, long context)
    {
        Metadata = metadata;
        Error = error;
        State = state;
        Context = context;
    }

    /// <summary>Where the record is; the offset is -1 when it failed or the broker did not tell it.</summary>
    public RecordMetadata Metadata { get; }

    /// <summary>
    /// Null when the record is acknowledged; else why it is not, most often a <see cref="KafkaProduceException"/>, which says whether it may be in the log.
    /// </summary>
    public Exception? Error { get; }

    /// <summary>Whether the record is acknowledged.</summary>
    public bool IsDelivered => Error is null;

    /// <summary>The object that was given with the record.</summary>
    public object? State { get; }

    /// <summary>The number that was given with the record.</summary>
    public long Context { get; }
}
