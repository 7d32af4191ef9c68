namespace HighPerf.Kafka;

/// <summary>Something did not happen in the time it had. The message says what was waited for, how long, and what last went wrong on the way.</summary>
public sealed class KafkaTimeoutException : KafkaException
{
    /// <summary>Creates the exception.</summary>
    public KafkaTimeoutException(string message) : base(message)
    {
    }

    /// <summary>Creates the exception with the last failure on the way, if there was one.</summary>
    public KafkaTimeoutException(string message, Exception? innerException) : base(message, innerException)
    {
    }
}
