using System.Text;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Connections;

namespace HighPerf.Kafka.Testing.Fetching;

/// <summary>The addresses of leaders that an answer names (KIP-951), the last field of Fetch and Produce answers.</summary>
internal static class NodeEndpoints
{
    /// <summary>Takes note of a broker, once; one that is not there has no address.</summary>
    public static void Add(ref List<EmbeddedBroker>? brokers, EmbeddedCluster cluster, int nodeId)
    {
        if (nodeId < 0 || cluster.FindBroker(nodeId) is not { IsRunning: true } broker)
        {
            return;
        }

        brokers ??= [];
        if (!brokers.Contains(broker))
        {
            brokers.Add(broker);
        }
    }

    /// <summary>Writes the tagged fields at the end of the answer: the addresses, or nothing.</summary>
    public static void Write(ResponseBuffer buffer, uint tag, List<EmbeddedBroker>? brokers)
    {
        if (brokers is null)
        {
            buffer.GetSpan(1)[0] = 0;
            buffer.Advance(1);
            return;
        }

        int size = Varint.SizeOfUnsigned((uint)brokers.Count + 1);
        foreach (EmbeddedBroker broker in brokers)
        {
            size += 4 + SizeOf(broker.Host) + 4 + SizeOf(broker.Rack) + 1;
        }

        KafkaWriter writer = new(buffer.GetSpan(size + 16));
        writer.WriteUnsignedVarint(1);
        TaggedFields.WriteHeader(ref writer, tag, size);
        writer.WriteCompactArrayLength(brokers.Count);
        foreach (EmbeddedBroker broker in brokers)
        {
            writer.WriteInt32(broker.NodeId);
            writer.WriteCompactString(broker.Host);
            writer.WriteInt32(broker.Port);
            writer.WriteCompactString(broker.Rack);
            writer.WriteUnsignedVarint(0);
        }

        buffer.Advance(writer.Position);
    }

    private static int SizeOf(string? text)
    {
        if (text is null)
        {
            return 1;
        }

        int length = Encoding.UTF8.GetByteCount(text);
        return Varint.SizeOfUnsigned((uint)length + 1) + length;
    }
}
