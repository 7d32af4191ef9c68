using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Messages.Hot;

namespace HighPerf.Kafka.Consuming.Committing;

/// <summary>
/// Walks an OffsetCommit response without allocating: topic by topic, partition by partition, then <see cref="Finish"/>. The spans live as long as the body.
/// Versions 2 to 10.
/// <code>
/// [throttle_time_ms] topic_count
///   topic: name | topic_id, partition_count
///     partition: index error_code tags
///   tags
/// tags
/// </code>
/// </summary>
internal ref struct CommitAnswer
{
    private const short FirstThrottleTime = 3;
    private const short FirstFlexible = 8;
    private const short FirstTopicIds = 10;

    private readonly short _version;
    private readonly bool _flexible;
    private KafkaReader _reader;
    private int _topicsLeft;
    private int _partitionsLeft;
    private bool _inTopic;

    public CommitAnswer(ReadOnlySpan<byte> body, short version)
    {
        _version = version;
        _flexible = version >= FirstFlexible;
        _reader = new KafkaReader(body);
        ThrottleTimeMs = version >= FirstThrottleTime ? _reader.ReadInt32() : 0;
        _topicsLeft = HotPrimitives.ReadCount(ref _reader, _flexible, 1);
    }

    public int ThrottleTimeMs { get; }

    /// <summary>The topic's name as UTF-8; empty from version 10.</summary>
    public ReadOnlySpan<byte> TopicName { get; private set; }

    /// <summary>The topic's id; zero below version 10.</summary>
    public Guid TopicId { get; private set; }

    public int Partition { get; private set; }

    public ErrorCode Error { get; private set; }

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

        _partitionsLeft = HotPrimitives.ReadCount(ref _reader, _flexible, 6);
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
        HotPrimitives.SkipTags(ref _reader, _flexible);
        return true;
    }

    /// <summary>Reads what stands behind the topics.</summary>
    public void Finish()
    {
        while (MoveNextTopic())
        {
            // Topics that the caller did not walk.
        }

        HotPrimitives.SkipTags(ref _reader, _flexible);
    }
}
