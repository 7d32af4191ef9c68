using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Protocol.Records;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Connections;
using HighPerf.Kafka.Testing.Logs;

namespace HighPerf.Kafka.Testing.Fetching;

/// <summary>Writes a Fetch answer field by field, so that records go out from where the log keeps them; the generated message would copy them twice.</summary>
internal readonly ref struct FetchResponseWriter
{
    /// <summary>The first version that has an error and a session for the whole answer.</summary>
    public const short FirstSessionVersion = 7;

    public const short FirstTopicIdVersion = 13;

    private const short FirstLogStartVersion = 5;
    private const short FirstReadReplicaVersion = 11;
    private const short FirstLeaderHintVersion = 16;

    private const uint DivergingEpochTag = 0;
    private const uint CurrentLeaderTag = 1;
    private const uint NodeEndpointsTag = 0;

    /// <summary>An epoch, an offset, no tags.</summary>
    private const int DivergingEpochSize = 4 + 8 + 1;

    /// <summary>A broker, an epoch, no tags.</summary>
    private const int CurrentLeaderSize = 4 + 4 + 1;

    /// <summary>More than the fixed fields of a partition or of the whole answer take in any version.</summary>
    private const int FixedFields = 128;

    /// <summary>More than an aborted transaction takes.</summary>
    private const int AbortedSize = 8 + 8 + 1;

    private readonly ResponseBuffer _buffer;
    private readonly short _version;
    private readonly bool _flexible;

    public FetchResponseWriter(ResponseBuffer buffer, short version)
    {
        _buffer = buffer;
        _version = version;
        _flexible = FetchResponse.IsFlexible(version);
    }

    /// <summary>Writes the whole answer. Partitions of one topic that follow one another come in one group.</summary>
    /// <param name="source">Where the records of <paramref name="reads"/> are.</param>
    public void Write(int throttleMs, ErrorCode error, int sessionId, List<FetchRead> reads, FetchReads source, EmbeddedCluster cluster)
    {
        Begin(throttleMs, error, sessionId, CountTopics(reads));
        for (int first = 0; first < reads.Count;)
        {
            int end = EndOfTopic(reads, first);
            BeginTopic(reads[first].Partition.Target, end - first);
            for (; first < end; first++)
            {
                WritePartition(reads[first], source);
            }

            EndStructure();
        }

        if (_flexible)
        {
            WriteEndpoints(reads, cluster);
        }
    }

    private static int CountTopics(List<FetchRead> reads)
    {
        int topics = 0;
        for (int first = 0; first < reads.Count; first = EndOfTopic(reads, first))
        {
            topics++;
        }

        return topics;
    }

    private static int EndOfTopic(List<FetchRead> reads, int first)
    {
        FetchTarget topic = reads[first].Partition.Target;
        int end = first + 1;
        while (end < reads.Count && reads[end].Partition.Target.TopicId == topic.TopicId && reads[end].Partition.Target.Topic == topic.Topic)
        {
            end++;
        }

        return end;
    }

    private void Begin(int throttleMs, ErrorCode error, int sessionId, int topics)
    {
        KafkaWriter writer = new(_buffer.GetSpan(FixedFields));
        writer.WriteInt32(throttleMs);
        if (_version >= FirstSessionVersion)
        {
            writer.WriteInt16((short)error);
            writer.WriteInt32(sessionId);
        }

        writer.WriteArrayLength(topics, _flexible);
        _buffer.Advance(writer.Position);
    }

    private void BeginTopic(FetchTarget topic, int partitions)
    {
        // A UTF-16 unit takes at most three bytes of UTF-8.
        KafkaWriter writer = new(_buffer.GetSpan(FixedFields + (3 * (topic.Topic?.Length ?? 0))));
        if (_version >= FirstTopicIdVersion)
        {
            writer.WriteUuid(topic.TopicId);
        }
        else
        {
            writer.WriteString(topic.Topic, _flexible);
        }

        writer.WriteArrayLength(partitions, _flexible);
        _buffer.Advance(writer.Position);
    }

    private void WritePartition(in FetchRead read, FetchReads source)
    {
        KafkaWriter writer = new(_buffer.GetSpan(FixedFields + (Math.Max(read.AbortedCount, 0) * AbortedSize)));
        writer.WriteInt32(read.Partition.Target.Partition);
        writer.WriteInt16((short)read.Error);
        writer.WriteInt64(read.HighWatermark);
        writer.WriteInt64(read.LastStableOffset);
        if (_version >= FirstLogStartVersion)
        {
            writer.WriteInt64(read.LogStartOffset);
        }

        writer.WriteArrayLength(read.AbortedCount, _flexible);
        foreach (AbortedTransaction aborted in source.AbortedOf(read))
        {
            writer.WriteInt64(aborted.ProducerId);
            writer.WriteInt64(aborted.FirstOffset);
            WriteNoTags(ref writer);
        }

        if (_version >= FirstReadReplicaVersion)
        {
            writer.WriteInt32(read.PreferredReplica);
        }

        if (_flexible)
        {
            writer.WriteUnsignedVarint((uint)read.Bytes + 1);
        }
        else
        {
            writer.WriteInt32(read.Bytes);
        }

        _buffer.Advance(writer.Position);
        foreach (LogSlice slice in source.SlicesOf(read))
        {
            _buffer.AppendShared(slice);
        }

        if (_flexible)
        {
            WritePartitionTags(read);
        }
    }

    private void WritePartitionTags(in FetchRead read)
    {
        bool diverges = read.DivergingEpoch >= 0;
        bool hasLeader = read.LeaderId >= 0 || read.LeaderEpoch >= 0;
        KafkaWriter writer = new(_buffer.GetSpan(FixedFields));
        writer.WriteUnsignedVarint((diverges ? 1u : 0) + (hasLeader ? 1u : 0));
        if (diverges)
        {
            TaggedFields.WriteHeader(ref writer, DivergingEpochTag, DivergingEpochSize);
            writer.WriteInt32(read.DivergingEpoch);
            writer.WriteInt64(read.DivergingEndOffset);
            WriteNoTags(ref writer);
        }

        if (hasLeader)
        {
            TaggedFields.WriteHeader(ref writer, CurrentLeaderTag, CurrentLeaderSize);
            writer.WriteInt32(read.LeaderId);
            writer.WriteInt32(read.LeaderEpoch);
            WriteNoTags(ref writer);
        }

        _buffer.Advance(writer.Position);
    }

    /// <summary>The addresses of the leaders that were named, each once.</summary>
    private void WriteEndpoints(List<FetchRead> reads, EmbeddedCluster cluster)
    {
        List<EmbeddedBroker>? leaders = null;
        if (_version >= FirstLeaderHintVersion)
        {
            foreach (FetchRead read in reads)
            {
                NodeEndpoints.Add(ref leaders, cluster, read.LeaderId);
            }
        }

        NodeEndpoints.Write(_buffer, NodeEndpointsTag, leaders);
    }

    private void WriteNoTags(ref KafkaWriter writer)
    {
        if (_flexible)
        {
            writer.WriteUnsignedVarint(0);
        }
    }

    private void EndStructure()
    {
        if (_flexible)
        {
            _buffer.GetSpan(1)[0] = 0;
            _buffer.Advance(1);
        }
    }
}
