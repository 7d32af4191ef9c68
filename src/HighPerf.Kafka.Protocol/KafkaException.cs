namespace HighPerf.Kafka;

/// <summary>The base of everything this client throws that is not the caller's mistake (those are argument and invalid-operation exceptions).</summary>
public class KafkaException : Exception
{
    /// <summary>Creates the exception.</summary>
    public KafkaException(string message) : base(message)
    {
    }

    /// <summary>Creates the exception with what caused it.</summary>
    public KafkaException(string message, Exception? innerException) : base(message, innerException)
    {
    }
}
