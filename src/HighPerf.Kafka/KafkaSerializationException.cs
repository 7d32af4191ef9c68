namespace HighPerf.Kafka;

/// <summary>A serialiser or deserialiser failed, or there is none for the type. The inner exception is what it threw.</summary>
public sealed class KafkaSerializationException : KafkaException
{
    /// <summary>Creates the exception.</summary>
    public KafkaSerializationException(string message, Exception? innerException = null) : base(message, innerException)
    {
    }

    /// <summary>For a record that was read: where it stands. To skip it, read on; to stop at it, do not ask for the next.</summary>
    public TopicPartitionOffset? Record { get; init; }
}
