using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;

namespace HighPerf.Kafka.Testing.Producing;

/// <summary>
/// A Produce request read without copying its records: the generated message makes an array of each, which would cost this broker more than all else it does.
/// The whole body is read before anything is applied, so that a body which is malformed at its end has no effect. Reused; owner: the cluster's loop.
/// </summary>
internal sealed class ProduceBody
{
    private const short FirstTopicIdVersion = 13;

    private readonly TopicRegistry _topics;

    public ProduceBody(TopicRegistry topics) => _topics = topics;

    public string? TransactionalId { get; private set; }

    public short Acks { get; private set; }

    /// <summary>How long a producer with acks all waits for the replicas.</summary>
    public int TimeoutMs { get; private set; }

    public List<ProduceTopic> Topics { get; } = [];

    /// <summary>The parts of all topics, in order.</summary>
    public List<ProducePart> Parts { get; } = [];

    /// <exception cref="KafkaProtocolException">The body is malformed.</exception>
    public void Read(ReadOnlySpan<byte> body, short version)
    {
        Topics.Clear();
        Parts.Clear();
        bool flexible = ProduceRequest.IsFlexible(version);
        KafkaReader reader = new(body);
        TransactionalId = reader.ReadNullableString(flexible);
        Acks = reader.ReadInt16();
        TimeoutMs = reader.ReadInt32();
        int topics = ReadCount(ref reader, flexible, "topics");
        for (int i = 0; i < topics; i++)
        {
            ReadTopic(ref reader, version, flexible);
        }

        if (flexible)
        {
            TaggedFields.Skip(ref reader);
        }
    }

    private void ReadTopic(ref KafkaReader reader, short version, bool flexible)
    {
        string name = "";
        Guid id = Guid.Empty;
        if (version >= FirstTopicIdVersion)
        {
            id = reader.ReadUuid();
        }
        else
        {
            name = _topics.ReadName(ref reader, flexible);
        }

        int parts = ReadCount(ref reader, flexible, "partitions");
        Topics.Add(new ProduceTopic(name, id, version >= FirstTopicIdVersion ? _topics.Find(id) : _topics.Find(name), parts));
        for (int i = 0; i < parts; i++)
        {
            int partition = reader.ReadInt32();
            bool present = flexible ? reader.TryReadCompactBytes(out ReadOnlySpan<byte> records) : reader.TryReadBytes(out records);
            Parts.Add(new ProducePart(partition, reader.Position - records.Length, present ? records.Length : -1));
            if (flexible)
            {
                TaggedFields.Skip(ref reader);
            }
        }

        if (flexible)
        {
            TaggedFields.Skip(ref reader);
        }
    }

    private static int ReadCount(ref KafkaReader reader, bool flexible, string what)
    {
        int count = reader.ReadArrayLength(1, flexible);
        return count >= 0 ? count : throw new KafkaProtocolException($"The array of {what} is null.");
    }
}
