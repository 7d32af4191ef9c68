namespace HighPerf.Kafka;

/// <summary>A broker cannot be reached, or the connection to it was lost. The message names the broker and what happened to the connection.</summary>
public sealed class KafkaConnectionException : KafkaException
{
    /// <summary>Creates the exception.</summary>
    public KafkaConnectionException(string message) : base(message)
    {
    }

    /// <summary>Creates the exception with what caused it.</summary>
    public KafkaConnectionException(string message, Exception? innerException) : base(message, innerException)
    {
    }
}
