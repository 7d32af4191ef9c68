using HighPerf.Kafka.Producing;

namespace HighPerf.Kafka;

/// <summary>
/// Sends to one partition, keys and values as bytes: nothing is allocated, looked up or chosen for a record, and a key decides nothing. Thread-safe; lives
/// as long as its producer.
/// </summary>
public sealed class PartitionSender : BytesSender
{
    internal PartitionSender(ProducerEngine engine, ProducerTopic topic, int partition)
        : base(new RawSender(engine, topic, partition)) => TopicPartition = new TopicPartition(topic.Name, partition);

    /// <summary>The partition.</summary>
    public TopicPartition TopicPartition { get; }
}
