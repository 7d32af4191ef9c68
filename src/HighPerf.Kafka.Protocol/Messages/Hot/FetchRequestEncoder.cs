using HighPerf.Kafka.Protocol.Buffers;

namespace HighPerf.Kafka.Protocol.Messages.Hot;

/// <summary>
/// Writes a Fetch request without allocating, piece by piece. Versions 4 to 18; names up to 12, topic ids from 13.
/// <code>
/// head: [replica_id] max_wait_ms min_bytes max_bytes isolation_level [session_id session_epoch] topic_count
///   topic head: name | topic_id, partition_count
///     partition: index [current_leader_epoch] fetch_offset [last_fetched_epoch] [log_start_offset] partition_max_bytes tags
///   tail of topic: tags
/// forgotten head: count     forgotten topic: name | topic_id, partition indexes, tags
/// tail: [rack_id] tags
/// </code>
/// </summary>
internal static class FetchRequestEncoder
{
    public const short MinVersion = 4;
    public const short MaxVersion = 18;

    /// <summary>The most the head takes.</summary>
    public const int MaxHeadSize = 4 + 4 + 4 + 4 + 1 + 4 + 4 + 5;

    /// <summary>The most one partition takes.</summary>
    public const int MaxPartitionSize = 4 + 4 + 8 + 4 + 8 + 4 + 1;

    /// <summary>The most the tail of a topic takes.</summary>
    public const int MaxTopicTailSize = 1;

    /// <summary>The most the head of the forgotten topics takes.</summary>
    public const int MaxForgottenHeadSize = 5;

    private const short FirstFlexible = 12;
    private const short FirstTopicIds = 13;

    /// <param name="sessionEpoch">-1: no session; 0: begin one; else the next epoch of it (KIP-227).</param>
    public static void WriteHead(
        ref KafkaWriter writer, short version, int maxWaitMs, int minBytes, int maxBytes, byte isolationLevel, int sessionId, int sessionEpoch, int topicCount)
    {
        if (version <= 14)
        {
            writer.WriteInt32(-1);
        }

        writer.WriteInt32(maxWaitMs);
        writer.WriteInt32(minBytes);
        writer.WriteInt32(maxBytes);
        writer.WriteInt8((sbyte)isolationLevel);
        if (version >= 7)
        {
            writer.WriteInt32(sessionId);
            writer.WriteInt32(sessionEpoch);
        }

        HotPrimitives.WriteCount(ref writer, version >= FirstFlexible, topicCount);
    }

    /// <summary>The most a topic's head takes, a forgotten one's too.</summary>
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

    public static void WritePartition(
        ref KafkaWriter writer, short version, int index, int currentLeaderEpoch, long fetchOffset, int lastFetchedEpoch, int partitionMaxBytes)
    {
        writer.WriteInt32(index);
        if (version >= 9)
        {
            writer.WriteInt32(currentLeaderEpoch);
        }

        writer.WriteInt64(fetchOffset);
        if (version >= 12)
        {
            writer.WriteInt32(lastFetchedEpoch);
        }

        if (version >= 5)
        {
            writer.WriteInt64(-1);
        }

        writer.WriteInt32(partitionMaxBytes);
        WriteTags(ref writer, version);
    }

    public static void WriteTopicTail(ref KafkaWriter writer, short version) => WriteTags(ref writer, version);

    /// <summary>Topics that leave the session follow; below version 7 there are none.</summary>
    public static void WriteForgottenHead(ref KafkaWriter writer, short version, int topicCount)
    {
        if (version >= 7)
        {
            HotPrimitives.WriteCount(ref writer, version >= FirstFlexible, topicCount);
        }
    }

    /// <summary>One forgotten topic; versions from 7. Takes the size of a topic head, 4 bytes a partition, and a tail.</summary>
    public static void WriteForgottenTopic(ref KafkaWriter writer, short version, ReadOnlySpan<byte> name, Guid topicId, ReadOnlySpan<int> partitions)
    {
        WriteTopicHead(ref writer, version, name, topicId, partitions.Length);
        foreach (int partition in partitions)
        {
            writer.WriteInt32(partition);
        }

        WriteTags(ref writer, version);
    }

    /// <summary>The most the tail takes.</summary>
    public static int MaxTailSize(ReadOnlySpan<byte> rackId) => 5 + rackId.Length + 1;

    public static void WriteTail(ref KafkaWriter writer, short version, ReadOnlySpan<byte> rackId)
    {
        if (version >= 11)
        {
            HotPrimitives.WriteString(ref writer, version >= FirstFlexible, rackId);
        }

        WriteTags(ref writer, version);
    }

    private static void WriteTags(ref KafkaWriter writer, short version)
    {
        if (version >= FirstFlexible)
        {
            writer.WriteUnsignedVarint(0);
        }
    }
}
