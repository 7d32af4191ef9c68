using System.Runtime.InteropServices;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Connections;
using HighPerf.Kafka.Testing.Fetching;
using HighPerf.Kafka.Testing.Logs;

namespace HighPerf.Kafka.Testing.Producing;

/// <summary>Writes a Produce answer field by field: the generated message would be an object for each partition.</summary>
internal readonly ref struct ProduceResponseWriter
{
    private const short FirstLogStartVersion = 5;
    private const short FirstRecordErrorVersion = 8;
    private const short FirstLeaderHintVersion = 10;
    private const short FirstTopicIdVersion = 13;

    private const uint CurrentLeaderTag = 0;
    private const uint NodeEndpointsTag = 0;

    /// <summary>A broker, an epoch, no tags.</summary>
    private const int CurrentLeaderSize = 4 + 4 + 1;

    /// <summary>More than the fixed fields of a topic or a partition take in any version.</summary>
    private const int FixedFields = 128;

    private readonly ResponseBuffer _buffer;
    private readonly short _version;
    private readonly bool _flexible;

    public ProduceResponseWriter(ResponseBuffer buffer, short version)
    {
        _buffer = buffer;
        _version = version;
        _flexible = ProduceResponse.IsFlexible(version);
    }

    /// <summary>Writes the whole answer.</summary>
    /// <param name="results">The results of all topics, in order.</param>
    public void Write(List<ProduceTopic> topics, List<ProduceResult> results, int throttleMs, EmbeddedCluster cluster)
    {
        KafkaWriter writer = new(_buffer.GetSpan(FixedFields));
        writer.WriteArrayLength(topics.Count, _flexible);
        _buffer.Advance(writer.Position);
        List<EmbeddedBroker>? leaders = null;
        ReadOnlySpan<ProduceResult> left = CollectionsMarshal.AsSpan(results);
        foreach (ProduceTopic topic in topics)
        {
            BeginTopic(topic);
            foreach (ProduceResult result in left[..topic.Parts])
            {
                WriteResult(result, cluster, ref leaders);
            }

            left = left[topic.Parts..];
            if (_flexible)
            {
                _buffer.GetSpan(1)[0] = 0;
                _buffer.Advance(1);
            }
        }

        writer = new KafkaWriter(_buffer.GetSpan(FixedFields));
        writer.WriteInt32(throttleMs);
        _buffer.Advance(writer.Position);
        if (_flexible)
        {
            NodeEndpoints.Write(_buffer, NodeEndpointsTag, leaders);
        }
    }

    private void BeginTopic(in ProduceTopic topic)
    {
        // A UTF-16 unit takes at most three bytes of UTF-8.
        KafkaWriter writer = new(_buffer.GetSpan(FixedFields + (3 * topic.Name.Length)));
        if (_version >= FirstTopicIdVersion)
        {
            writer.WriteUuid(topic.TopicId);
        }
        else
        {
            writer.WriteString(topic.Name, _flexible);
        }

        writer.WriteArrayLength(topic.Parts, _flexible);
        _buffer.Advance(writer.Position);
    }

    private void WriteResult(in ProduceResult result, EmbeddedCluster cluster, ref List<EmbeddedBroker>? leaders)
    {
        KafkaWriter writer = new(_buffer.GetSpan(FixedFields + SizeOfMessages(result)));
        writer.WriteInt32(result.Index);
        writer.WriteInt16((short)result.Error);
        writer.WriteInt64(result.BaseOffset);
        writer.WriteInt64(result.LogAppendTime);
        if (_version >= FirstLogStartVersion)
        {
            writer.WriteInt64(result.LogStartOffset);
        }

        if (_version >= FirstRecordErrorVersion)
        {
            WriteMessages(ref writer, result);
        }

        if (_flexible)
        {
            bool hint = _version >= FirstLeaderHintVersion && result.Error == ErrorCode.NotLeaderOrFollower && result.Partition is not null;
            writer.WriteUnsignedVarint(hint ? 1u : 0);
            if (hint)
            {
                TaggedFields.WriteHeader(ref writer, CurrentLeaderTag, CurrentLeaderSize);
                writer.WriteInt32(result.Partition!.LeaderId);
                writer.WriteInt32(result.Partition.LeaderEpoch);
                writer.WriteUnsignedVarint(0);
                NodeEndpoints.Add(ref leaders, cluster, result.Partition.LeaderId);
            }
        }

        _buffer.Advance(writer.Position);
    }

    private void WriteMessages(ref KafkaWriter writer, in ProduceResult result)
    {
        writer.WriteArrayLength(result.RecordErrors?.Count ?? 0, _flexible);
        foreach (RecordError error in CollectionsMarshal.AsSpan(result.RecordErrors))
        {
            writer.WriteInt32(error.Index);
            writer.WriteString(error.Message, _flexible);
            if (_flexible)
            {
                writer.WriteUnsignedVarint(0);
            }
        }

        writer.WriteString(result.Message, _flexible);
    }

    /// <summary>An upper bound: a UTF-16 unit takes at most three bytes of UTF-8, the fixed parts of a record's error less than 16.</summary>
    private static int SizeOfMessages(in ProduceResult result)
    {
        int size = 3 * (result.Message?.Length ?? 0);
        foreach (RecordError error in CollectionsMarshal.AsSpan(result.RecordErrors))
        {
            size += 16 + (3 * error.Message.Length);
        }

        return size;
    }
}
