using HighPerf.Kafka.Producing;

namespace HighPerf.Kafka;

/// <summary>
/// Sends to one topic, keys and values as bytes: nothing is allocated and nothing is looked up for a record. Thread-safe; lives as long as its
/// producer.
/// </summary>
public sealed class TopicSender : BytesSender
{
    internal TopicSender(ProducerEngine engine, ProducerTopic topic)
        : base(new RawSender(engine, topic, -1)) => Topic = topic.Name;

    /// <summary>The topic.</summary>
    public string Topic { get; }
}
