namespace HighPerf.Kafka;

/// <summary>A serialiser or deserialiser failed, or there is none for the type. The inner exception is what it threw.</summary>
public sealed class KafkaSerializationException : KafkaException
{
    /// <summary>Creates the exception.</summary>
    public KafkaSerializationException(string message, Exception? innerException = null) : base(message, innerException)
    {
    }
}
