namespace HighPerf.Kafka;

/// <summary>What is known about a record whose send failed.</summary>
public enum DeliveryOutcome
{
    /// <summary>The record is in no log: it was never sent, or the broker refused it.</summary>
    NotWritten,

    /// <summary>The record was sent and no answer came that settles it: it may be in the log.</summary>
    MaybeWritten,

    /// <summary>The record is in the log, though the send is reported as failed.</summary>
    Written,
}
