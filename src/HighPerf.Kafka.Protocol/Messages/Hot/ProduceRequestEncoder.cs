using HighPerf.Kafka.Protocol.Buffers;

namespace HighPerf.Kafka.Protocol.Messages.Hot;

/// <summary>
/// Writes a Produce request in pieces around record bytes that are not copied: head, and for each topic its head, for each partition its head, then
/// (by reference) the records,
/// then the tails. Allocates nothing. Versions 3 to 13; names up to 12, topic ids from 13.
/// <code>
/// head: [transactional_id] acks timeout_ms topic_count
///   topic head: name | topic_id, partition_count
///     partition head: index records_length   records...   partition tail: tags
///   topic tail: tags
/// tail: tags
/// </code>
/// </summary>
internal static class ProduceRequestEncoder
{
    public const short MinVersion = 3;
    public const short MaxVersion = 13;

    /// <summary>The most a tail takes.</summary>
    public const int MaxTailSize = 1;

    /// <summary>The most a partition's head takes.</summary>
    public const int MaxPartitionHeadSize = 4 + 5;

    private const short FirstFlexible = 9;
    private const short FirstTopicIds = 13;

    /// <summary>The most the head takes.</summary>
    public static int MaxHeadSize(ReadOnlySpan<byte> transactionalId) => 5 + transactionalId.Length + 2 + 4 + 5;

    /// <param name="transactionalId">UTF-8; empty for none.</param>
    public static void WriteHead(ref KafkaWriter writer, short version, ReadOnlySpan<byte> transactionalId, short acks, int timeoutMs, int topicCount)
    {
        bool flexible = version >= FirstFlexible;
        HotPrimitives.WriteNullableString(ref writer, flexible, transactionalId);
        writer.WriteInt16(acks);
        writer.WriteInt32(timeoutMs);
        HotPrimitives.WriteCount(ref writer, flexible, topicCount);
    }

    /// <summary>The most a topic's head takes.</summary>
    public static int MaxTopicHeadSize(ReadOnlySpan<byte> name) => 5 + Math.Max(name.Length, 16) + 5;

    /// <param name="name">UTF-8; used below version 13.</param>
    /// <param name="topicId">Used from version 13.</param>
    public static void WriteTopicHead(ref KafkaWriter writer, short version, ReadOnlySpan<byte> name, Guid topicId, int partitionCount)
    {
        if (version >= FirstTopicIds)
        {
            writer.WriteUuid(topicId);
        }
        else
        {
            HotPrimitives.WriteString(ref writer, version >= FirstFlexible, name);
        }

        HotPrimitives.WriteCount(ref writer, version >= FirstFlexible, partitionCount);
    }

    public static void WritePartitionHead(ref KafkaWriter writer, short version, int index, int recordsLength)
    {
        writer.WriteInt32(index);
        HotPrimitives.WriteCount(ref writer, version >= FirstFlexible, recordsLength);
    }

    /// <summary>Ends a partition, a topic or the request.</summary>
    public static void WriteTail(ref KafkaWriter writer, short version)
    {
        if (version >= FirstFlexible)
        {
            writer.WriteUnsignedVarint(0);
        }
    }
}
