using HighPerf.Kafka.Protocol.Buffers;

namespace HighPerf.Kafka.Protocol.Messages.Hot;

/// <summary>
/// Writes an OffsetCommit request without allocating, piece by piece. Versions 2 to 10; names up to 9, topic ids from 10.
/// <code>
/// head: group_id generation member_id [group_instance_id] [retention_time_ms] topic_count
///   topic head: name | topic_id, partition_count
///     partition: index offset [leader_epoch] metadata tags
///   tail of topic: tags
/// tail: tags
/// </code>
/// </summary>
internal static class OffsetCommitRequestEncoder
{
    public const short MinVersion = 2;
    public const short MaxVersion = 10;

    /// <summary>The most a tail takes.</summary>
    public const int MaxTailSize = 1;

    private const short FirstFlexible = 8;
    private const short FirstTopicIds = 10;

    /// <summary>The most the head takes.</summary>
    public static int MaxHeadSize(ReadOnlySpan<byte> groupId, ReadOnlySpan<byte> memberId, ReadOnlySpan<byte> groupInstanceId) =>
        5 + groupId.Length + 4 + 5 + memberId.Length + 5 + groupInstanceId.Length + 8 + 5;

    /// <param name="groupInstanceId">UTF-8; empty for none. A static member needs version 7.</param>
    public static void WriteHead(
        ref KafkaWriter writer, short version, ReadOnlySpan<byte> groupId, int generation, ReadOnlySpan<byte> memberId,
        ReadOnlySpan<byte> groupInstanceId, int topicCount)
    {
        bool flexible = version >= FirstFlexible;
        HotPrimitives.WriteString(ref writer, flexible, groupId);
        writer.WriteInt32(generation);
        HotPrimitives.WriteString(ref writer, flexible, memberId);
        if (version >= 7)
        {
            HotPrimitives.WriteNullableString(ref writer, flexible, groupInstanceId);
        }
        else if (groupInstanceId.Length > 0)
        {
            throw new KafkaException($"OffsetCommit version {version} cannot carry a group instance id; static membership needs version 7 (brokers from 2.3).");
        }

        if (version <= 4)
        {
            writer.WriteInt64(-1);
        }

        HotPrimitives.WriteCount(ref writer, flexible, topicCount);
    }

    /// <summary>The most a topic's head takes.</summary>
    public static int MaxTopicHeadSize(ReadOnlySpan<byte> name) => 5 + Math.Max(name.Length, 16) + 5;

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

    /// <summary>The most a partition takes.</summary>
    public static int MaxPartitionSize(ReadOnlySpan<byte> metadata) => 4 + 8 + 4 + 5 + metadata.Length + 1;

    /// <param name="metadata">UTF-8; empty for an empty string.</param>
    public static void WritePartition(ref KafkaWriter writer, short version, int index, long offset, int leaderEpoch, ReadOnlySpan<byte> metadata)
    {
        writer.WriteInt32(index);
        writer.WriteInt64(offset);
        if (version >= 6)
        {
            writer.WriteInt32(leaderEpoch);
        }

        HotPrimitives.WriteString(ref writer, version >= FirstFlexible, metadata);
        WriteTail(ref writer, version);
    }

    /// <summary>Ends a topic or the request.</summary>
    public static void WriteTail(ref KafkaWriter writer, short version)
    {
        if (version >= FirstFlexible)
        {
            writer.WriteUnsignedVarint(0);
        }
    }
}
