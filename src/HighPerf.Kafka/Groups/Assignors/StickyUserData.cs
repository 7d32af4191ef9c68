using System.Text;
using HighPerf.Kafka.Protocol.Buffers;

namespace HighPerf.Kafka.Groups.Assignors;

/// <summary>
/// What members with the sticky assignors tell their leader, in the bytes that Kafka's other clients read.
/// <para><c>sticky: [topic: string | [partition: int32]] | generation: int32</c>, the generation missing in the oldest form (KIP-54);</para>
/// <para><c>cooperative-sticky: generation: int32</c>, for leaders that do not read it from the subscription itself.</para>
/// </summary>
internal static class StickyUserData
{
    private const int NoGeneration = -1;

    public static byte[] Write(IReadOnlyList<TopicPartition> assigned, int generation)
    {
        List<IGrouping<string, TopicPartition>> topics = [.. assigned.Order().GroupBy(static partition => partition.Topic, StringComparer.Ordinal)];
        int size = 4 + 4 + topics.Sum(static topic => 2 + Encoding.UTF8.GetByteCount(topic.Key) + 4 + (4 * topic.Count()));
        byte[] bytes = new byte[size];
        KafkaWriter writer = new(bytes);
        writer.WriteArrayLength(topics.Count);
        foreach (IGrouping<string, TopicPartition> topic in topics)
        {
            writer.WriteString(topic.Key);
            writer.WriteArrayLength(topic.Count());
            foreach (TopicPartition partition in topic)
            {
                writer.WriteInt32(partition.Partition);
            }
        }

        writer.WriteInt32(generation);
        return bytes;
    }

    public static byte[] WriteGeneration(int generation)
    {
        byte[] bytes = new byte[4];
        new KafkaWriter(bytes).WriteInt32(generation);
        return bytes;
    }

    /// <summary>What a member says it had. Bytes that are nothing of the kind say that it had nothing: another member's fault is not its leader's.</summary>
    public static (List<TopicPartition> Partitions, int Generation) Read(byte[]? bytes)
    {
        List<TopicPartition> partitions = [];
        if (bytes is not { Length: > 0 })
        {
            return (partitions, NoGeneration);
        }

        try
        {
            KafkaReader reader = new(bytes);
            for (int topics = reader.ReadArrayLength(minElementSize: 6); topics > 0; topics--)
            {
                string topic = reader.ReadString();
                for (int count = reader.ReadArrayLength(minElementSize: 4); count > 0; count--)
                {
                    partitions.Add(new TopicPartition(topic, reader.ReadInt32()));
                }
            }

            return (partitions, reader.Remaining >= 4 ? reader.ReadInt32() : NoGeneration);
        }
        catch (KafkaProtocolException)
        {
            return ([], NoGeneration);
        }
    }

    public static int ReadGeneration(byte[]? bytes) => bytes is { Length: >= 4 } ? new KafkaReader(bytes).ReadInt32() : NoGeneration;
}
