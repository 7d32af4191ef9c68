namespace HighPerf.Kafka.Producing;

/// <summary>A record that waits until it can go into a batch: it keeps all that it needs for that.</summary>
internal interface IWaitingRecord
{
    /// <summary>Its topic, known or not. Throws when the producer is closed.</summary>
    ProducerTopic GetTopic();

    /// <param name="ack">Who wants to know its outcome; filled in when the record is in its batch.</param>
    /// <param name="progress">What earlier attempts have brought it; says what to wait for when there is no memory.</param>
    AppendResult TryAppend(ProducerTopic topic, ref AckRequest ack, ref RecordProgress progress);
}
