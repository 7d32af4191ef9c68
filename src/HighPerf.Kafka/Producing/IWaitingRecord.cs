namespace HighPerf.Kafka.Producing;

/// <summary>A record that waits until it can go into a batch: it keeps all that it needs for that.</summary>
internal interface IWaitingRecord
{
    /// <summary>Its topic, known or not. Throws when the producer is closed.</summary>
    ProducerTopic GetTopic();

    /// <param name="ack">Who wants to know its outcome; filled in when the record is in its batch.</param>
    /// <param name="memory">Memory that was reserved for the record; says what to wait for when it is full.</param>
    AppendResult TryAppend(ProducerTopic topic, ref AckRequest ack, ref RecordMemory memory);
}
