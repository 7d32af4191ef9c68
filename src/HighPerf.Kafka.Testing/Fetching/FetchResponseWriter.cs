using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Connections;

namespace HighPerf.Kafka.Testing.Fetching;

/// <summary>Writes a Fetch answer field by field, so that records go out from where the log keeps them; the generated message would copy them twice.</summary>
internal readonly ref struct FetchResponseWriter
{
    /// <summary>The first version that has an error and a session for the whole answer.</summary>
    public const short FirstSessionVersion = 7;

    private const short FirstLogStartVersion = 5;
    private const short FirstReadReplicaVersion = 11;
    private const short FirstTopicIdVersion = 13;

    /// <summary>More than the fixed fields of a partition or of the whole answer take in any version.</summary>
    private const int FixedFields = 64;

    private readonly ResponseBuffer _buffer;
    private readonly short _version;
    private readonly bool _flexible;

    public FetchResponseWriter(ResponseBuffer buffer, short version)
    {
        _buffer = buffer;
        _version = version;
        _flexible = FetchResponse.IsFlexible(version);
    }

    public void Begin(int topics)
    {
        KafkaWriter writer = new(_buffer.GetSpan(FixedFields));
        writer.WriteInt32(0);
        if (_version >= FirstSessionVersion)
        {
            writer.WriteInt16((short)ErrorCode.None);
            writer.WriteInt32(0);
        }

        WriteCount(ref writer, topics);
        _buffer.Advance(writer.Position);
    }

    public void BeginTopic(string name, Guid id, int partitions)
    {
        // A UTF-16 unit takes at most three bytes of UTF-8.
        KafkaWriter writer = new(_buffer.GetSpan(FixedFields + (3 * name.Length)));
        if (_version >= FirstTopicIdVersion)
        {
            writer.WriteUuid(id);
        }
        else if (_flexible)
        {
            writer.WriteCompactString(name);
        }
        else
        {
            writer.WriteString(name);
        }

        WriteCount(ref writer, partitions);
        _buffer.Advance(writer.Position);
    }

    public void WriteError(int partition, ErrorCode error)
    {
        WriteFields(partition, error, -1, -1, -1, readCommitted: false, 0);
        EndStructure();
    }

    public void WritePartition(Partition partition, bool readCommitted, int count, List<ArraySegment<byte>> slices)
    {
        WriteFields(partition.Index, ErrorCode.None, partition.HighWatermark, partition.LastStableOffset, partition.Log.StartOffset, readCommitted, count);
        foreach (ArraySegment<byte> slice in slices)
        {
            _buffer.AppendShared(slice);
        }

        EndStructure();
    }

    public void EndTopic() => EndStructure();

    public void End() => EndStructure();

    private void WriteFields(int partition, ErrorCode error, long highWatermark, long lastStable, long logStart, bool readCommitted, int recordBytes)
    {
        KafkaWriter writer = new(_buffer.GetSpan(FixedFields));
        writer.WriteInt32(partition);
        writer.WriteInt16((short)error);
        writer.WriteInt64(highWatermark);
        writer.WriteInt64(lastStable);
        if (_version >= FirstLogStartVersion)
        {
            writer.WriteInt64(logStart);
        }

        // The aborted transactions: none for who reads committed records only, null for who did not ask.
        WriteCount(ref writer, readCommitted ? 0 : -1);
        if (_version >= FirstReadReplicaVersion)
        {
            writer.WriteInt32(-1);
        }

        if (_flexible)
        {
            writer.WriteUnsignedVarint((uint)recordBytes + 1);
        }
        else
        {
            writer.WriteInt32(recordBytes);
        }

        _buffer.Advance(writer.Position);
    }

    private void EndStructure()
    {
        if (_flexible)
        {
            _buffer.GetSpan(1)[0] = 0;
            _buffer.Advance(1);
        }
    }

    private void WriteCount(ref KafkaWriter writer, int count)
    {
        if (_flexible)
        {
            writer.WriteCompactArrayLength(count);
        }
        else
        {
            writer.WriteArrayLength(count);
        }
    }
}
