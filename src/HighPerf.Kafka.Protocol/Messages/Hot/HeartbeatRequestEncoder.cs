using HighPerf.Kafka.Protocol.Buffers;

namespace HighPerf.Kafka.Protocol.Messages.Hot;

/// <summary>Writes a Heartbeat request without allocating. Versions 0 to 4.</summary>
internal static class HeartbeatRequestEncoder
{
    public const short MinVersion = 0;
    public const short MaxVersion = 4;

    private const short FirstFlexible = 4;

    /// <summary>The most the request takes.</summary>
    public static int MaxSize(ReadOnlySpan<byte> groupId, ReadOnlySpan<byte> memberId, ReadOnlySpan<byte> groupInstanceId) =>
        5 + groupId.Length + 4 + 5 + memberId.Length + 5 + groupInstanceId.Length + 1;

    /// <param name="groupInstanceId">UTF-8; empty for none. A static member needs version 3.</param>
    public static void Write(
        ref KafkaWriter writer, short version, ReadOnlySpan<byte> groupId, int generation, ReadOnlySpan<byte> memberId, ReadOnlySpan<byte> groupInstanceId)
    {
        bool flexible = version >= FirstFlexible;
        HotPrimitives.WriteString(ref writer, flexible, groupId);
        writer.WriteInt32(generation);
        HotPrimitives.WriteString(ref writer, flexible, memberId);
        if (version >= 3)
        {
            HotPrimitives.WriteNullableString(ref writer, flexible, groupInstanceId);
        }
        else if (groupInstanceId.Length > 0)
        {
            throw new KafkaException($"Heartbeat version {version} cannot carry a group instance id; static membership needs version 3 (brokers from 2.3).");
        }

        if (flexible)
        {
            writer.WriteUnsignedVarint(0);
        }
    }
}
