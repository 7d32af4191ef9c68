using HighPerf.Kafka.Protocol.Buffers;

namespace HighPerf.Kafka.Protocol.Messages.Hot;

/// <summary>
/// Walks a Fetch response without allocating: topic by topic, partition by partition. The record bytes are named by where they lie in the body, so
/// that they can be kept with it
/// and read later. Versions 4 to 18.
/// </summary>
internal ref struct FetchResponseView
{
    private const short FirstFlexible = 12;
    private const short FirstTopicIds = 13;
    private const int AbortedSize = 16;

    private readonly short _version;
    private readonly bool _flexible;
    private readonly int _length;
    private KafkaReader _reader;
    private int _topicsLeft;
    private int _partitionsLeft;
    private bool _inTopic;
    private ReadOnlySpan<byte> _aborted;

    public FetchResponseView(ReadOnlySpan<byte> body, short version)
    {
        _version = version;
        _flexible = version >= FirstFlexible;
        _length = body.Length;
        _reader = new KafkaReader(body);
        ThrottleTimeMs = _reader.ReadInt32();
        if (version >= 7)
        {
            Error = (ErrorCode)_reader.ReadInt16();
            SessionId = _reader.ReadInt32();
        }

        _topicsLeft = HotPrimitives.ReadCount(ref _reader, _flexible, 1);
    }

    public int ThrottleTimeMs { get; }

    /// <summary>The error of the whole request.</summary>
    public ErrorCode Error { get; }

    /// <summary>The fetch session (KIP-227), 0 for none.</summary>
    public int SessionId { get; }

    /// <summary>The topic's name as UTF-8; empty from version 13.</summary>
    public ReadOnlySpan<byte> TopicName { get; private set; }

    /// <summary>The topic's id; zero below version 13.</summary>
    public Guid TopicId { get; private set; }

    public int Partition { get; private set; }

    public ErrorCode PartitionError { get; private set; }

    public long HighWatermark { get; private set; }

    public long LastStableOffset { get; private set; }

    public long LogStartOffset { get; private set; }

    public int AbortedCount { get; private set; }

    /// <summary>The replica a consumer should rather read from (KIP-392), or -1.</summary>
    public int PreferredReadReplica { get; private set; }

    /// <summary>Where the records begin in the body.</summary>
    public int RecordsOffset { get; private set; }

    public int RecordsLength { get; private set; }

    /// <summary>Where the log of an older epoch ends when the consumer's is not a prefix of the leader's (KIP-595), or -1.</summary>
    public int DivergingEpoch { get; private set; }

    public long DivergingEndOffset { get; private set; }

    /// <summary>The leader a broker that is not the leader knows of (KIP-951), or -1.</summary>
    public int CurrentLeaderId { get; private set; }

    public int CurrentLeaderEpoch { get; private set; }

    public bool MoveNextTopic()
    {
        if (_inTopic)
        {
            while (MoveNextPartition())
            {
                // The rest of a topic that the caller is not interested in.
            }

            HotPrimitives.SkipTags(ref _reader, _flexible);
            _inTopic = false;
        }

        if (_topicsLeft == 0)
        {
            return false;
        }

        _topicsLeft--;
        _inTopic = true;
        if (_version >= FirstTopicIds)
        {
            TopicId = _reader.ReadUuid();
        }
        else
        {
            TopicName = HotPrimitives.ReadString(ref _reader, _flexible);
        }

        _partitionsLeft = HotPrimitives.ReadCount(ref _reader, _flexible, 23);
        return true;
    }

    public bool MoveNextPartition()
    {
        if (_partitionsLeft == 0)
        {
            return false;
        }

        _partitionsLeft--;
        Partition = _reader.ReadInt32();
        PartitionError = (ErrorCode)_reader.ReadInt16();
        HighWatermark = _reader.ReadInt64();
        LastStableOffset = _reader.ReadInt64();
        LogStartOffset = _version >= 5 ? _reader.ReadInt64() : -1;
        ReadAborted();
        PreferredReadReplica = _version >= 11 ? _reader.ReadInt32() : -1;
        HotPrimitives.TryReadBytes(ref _reader, _flexible, out ReadOnlySpan<byte> records);
        RecordsLength = records.Length;
        RecordsOffset = _length - _reader.Remaining - records.Length;
        ReadPartitionTags();
        return true;
    }

    /// <summary>One of the partition's <see cref="AbortedCount"/> aborted transactions, in the broker's order, which is not always sorted.</summary>
    public readonly (long ProducerId, long FirstOffset) Aborted(int index)
    {
        KafkaReader reader = new(_aborted);
        for (int i = 0; i < index; i++)
        {
            SkipAborted(ref reader);
        }

        return (reader.ReadInt64(), reader.ReadInt64());
    }

    private void ReadAborted()
    {
        AbortedCount = HotPrimitives.ReadCount(ref _reader, _flexible, AbortedSize);
        KafkaReader start = _reader;
        for (int i = 0; i < AbortedCount; i++)
        {
            SkipAborted(ref _reader);
        }

        _aborted = start.ReadRaw(_reader.Position - start.Position);
    }

    private readonly void SkipAborted(scoped ref KafkaReader reader)
    {
        reader.ReadRaw(AbortedSize);
        HotPrimitives.SkipTags(ref reader, _flexible);
    }

    private void ReadPartitionTags()
    {
        DivergingEpoch = -1;
        DivergingEndOffset = -1;
        CurrentLeaderId = -1;
        CurrentLeaderEpoch = -1;
        for (uint tags = HotPrimitives.ReadTagCount(ref _reader, _flexible); tags > 0; tags--)
        {
            switch (HotPrimitives.ReadTag(ref _reader, out KafkaReader field))
            {
                case 0:
                    DivergingEpoch = field.ReadInt32();
                    DivergingEndOffset = field.ReadInt64();
                    break;
                case 1:
                    CurrentLeaderId = field.ReadInt32();
                    CurrentLeaderEpoch = field.ReadInt32();
                    break;
            }
        }
    }
}
