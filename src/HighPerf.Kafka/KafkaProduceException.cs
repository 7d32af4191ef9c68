namespace HighPerf.Kafka;

/// <summary>A record could not be delivered. <see cref="Outcome"/> tells whether it may nevertheless be in the log.</summary>
public sealed class KafkaProduceException : KafkaException
{
    internal KafkaProduceException(string message, DeliveryOutcome outcome, ErrorCode code, Exception? innerException = null)
        : base(message, innerException)
    {
        Outcome = outcome;
        Code = code;
    }

    /// <summary>Whether the record is in the log.</summary>
    public DeliveryOutcome Outcome { get; }

    /// <summary>The broker's error code; <see cref="ErrorCode.None"/> when no broker answered.</summary>
    public ErrorCode Code { get; }
}
