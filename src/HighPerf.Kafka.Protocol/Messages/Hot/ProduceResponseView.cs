using HighPerf.Kafka.Protocol.Buffers;

namespace HighPerf.Kafka.Protocol.Messages.Hot;

/// <summary>
/// Walks a Produce response without allocating: topic by topic, partition by partition, then <see cref="Finish"/>. The spans live as long as the body.
/// Versions 3 to 13.
/// </summary>
internal ref struct ProduceResponseView
{
    private const short FirstFlexible = 9;
    private const short FirstTopicIds = 13;

    private readonly short _version;
    private readonly bool _flexible;
    private KafkaReader _reader;
    private int _topicsLeft;
    private int _partitionsLeft;
    private bool _inTopic;
    private KafkaReader _recordErrors;
    private int _recordErrorsLeft;
    private KafkaReader _nodes;
    private int _nodesLeft;

    public ProduceResponseView(ReadOnlySpan<byte> body, short version)
    {
        _version = version;
        _flexible = version >= FirstFlexible;
        _reader = new KafkaReader(body);
        _topicsLeft = HotPrimitives.ReadCount(ref _reader, _flexible, 1);
    }

    /// <summary>The topic's name as UTF-8; empty from version 13.</summary>
    public ReadOnlySpan<byte> TopicName { get; private set; }

    /// <summary>The topic's id; zero below version 13.</summary>
    public Guid TopicId { get; private set; }

    public int Partition { get; private set; }

    public ErrorCode Error { get; private set; }

    public long BaseOffset { get; private set; }

    /// <summary>The timestamp the broker gave, or -1 when the records keep theirs.</summary>
    public long LogAppendTimeMs { get; private set; }

    public long LogStartOffset { get; private set; }

    /// <summary>How many records of the partition's batch the broker blames (KIP-467); <see cref="MoveNextRecordError"/> walks them.</summary>
    public int RecordErrorCount { get; private set; }

    /// <summary>What the broker says about the error, as UTF-8; empty for nothing.</summary>
    public ReadOnlySpan<byte> ErrorMessage { get; private set; }

    /// <summary>The leader a broker that is not the leader knows of (KIP-951), or -1.</summary>
    public int CurrentLeaderId { get; private set; }

    public int CurrentLeaderEpoch { get; private set; }

    /// <summary>How long the client is to send nothing; known after <see cref="Finish"/>.</summary>
    public int ThrottleTimeMs { get; private set; }

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

        _partitionsLeft = HotPrimitives.ReadCount(ref _reader, _flexible, 14);
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
        Error = (ErrorCode)_reader.ReadInt16();
        BaseOffset = _reader.ReadInt64();
        LogAppendTimeMs = _reader.ReadInt64();
        LogStartOffset = _version >= 5 ? _reader.ReadInt64() : -1;
        ErrorMessage = default;
        RecordErrorCount = 0;
        _recordErrorsLeft = 0;
        if (_version >= 8)
        {
            SkipRecordErrors();
            ErrorMessage = HotPrimitives.ReadString(ref _reader, _flexible);
        }

        CurrentLeaderId = -1;
        CurrentLeaderEpoch = -1;
        for (uint tags = HotPrimitives.ReadTagCount(ref _reader, _flexible); tags > 0; tags--)
        {
            if (HotPrimitives.ReadTag(ref _reader, out KafkaReader field) == 0 && _version >= 10)
            {
                CurrentLeaderId = field.ReadInt32();
                CurrentLeaderEpoch = field.ReadInt32();
            }
        }

        return true;
    }

    /// <summary>Goes to the next record of the partition's batch that the broker blames; false when there is none.</summary>
    /// <param name="batchIndex">The record's number in its batch, as the broker gives it: it may be any number.</param>
    /// <param name="message">Why, as UTF-8; empty when the broker does not say.</param>
    public bool MoveNextRecordError(out int batchIndex, out ReadOnlySpan<byte> message)
    {
        if (_recordErrorsLeft == 0)
        {
            batchIndex = -1;
            message = default;
            return false;
        }

        _recordErrorsLeft--;
        batchIndex = _recordErrors.ReadInt32();
        message = HotPrimitives.ReadString(ref _recordErrors, _flexible);
        HotPrimitives.SkipTags(ref _recordErrors, _flexible);
        return true;
    }

    /// <summary>Reads what stands behind the topics. The caller has walked all topics.</summary>
    public void Finish()
    {
        while (MoveNextTopic())
        {
            // Topics that the caller did not walk.
        }

        ThrottleTimeMs = _reader.ReadInt32();
        for (uint tags = HotPrimitives.ReadTagCount(ref _reader, _flexible); tags > 0; tags--)
        {
            if (HotPrimitives.ReadTag(ref _reader, out KafkaReader field) == 0 && _version >= 10)
            {
                _nodes = field;
                _nodesLeft = HotPrimitives.ReadCount(ref _nodes, true, 11);
            }
        }
    }

    /// <summary>Goes to the next broker that the answer tells the address of (KIP-951), after <see cref="Finish"/>; false when there is none.</summary>
    /// <param name="host">As UTF-8.</param>
    /// <param name="rack">As UTF-8; empty when it has none.</param>
    public bool MoveNextNode(out int id, out ReadOnlySpan<byte> host, out int port, out ReadOnlySpan<byte> rack)
    {
        if (_nodesLeft == 0)
        {
            id = port = -1;
            host = rack = default;
            return false;
        }

        _nodesLeft--;
        id = _nodes.ReadInt32();
        host = HotPrimitives.ReadString(ref _nodes, true);
        port = _nodes.ReadInt32();
        rack = HotPrimitives.ReadString(ref _nodes, true);
        HotPrimitives.SkipTags(ref _nodes, true);
        return true;
    }

    // They are seldom there, and read again only by who asks for them.
    private void SkipRecordErrors()
    {
        RecordErrorCount = HotPrimitives.ReadCount(ref _reader, _flexible, 5);
        _recordErrors = _reader;
        _recordErrorsLeft = RecordErrorCount;
        for (int count = RecordErrorCount; count > 0; count--)
        {
            _reader.ReadInt32();
            HotPrimitives.ReadString(ref _reader, _flexible);
            HotPrimitives.SkipTags(ref _reader, _flexible);
        }
    }
}
