namespace HighPerf.Kafka;

/// <summary>
/// Bytes that are not what the Kafka protocol says they should be: a truncated frame, an absurd length, a wrong checksum, corrupt compressed data.
/// The connection they came from is closed; the process goes on.
/// </summary>
public sealed class KafkaProtocolException : KafkaException
{
    /// <summary>Creates the exception.</summary>
    public KafkaProtocolException(string message) : base(message)
    {
    }

    /// <summary>Creates the exception with what caused it.</summary>
    public KafkaProtocolException(string message, Exception? innerException) : base(message, innerException)
    {
    }
}
