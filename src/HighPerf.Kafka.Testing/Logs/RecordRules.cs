using HighPerf.Kafka.Protocol.Records;
using HighPerf.Kafka.Testing.Cluster;

namespace HighPerf.Kafka.Testing.Logs;

/// <summary>What a topic demands of each record of a batch.</summary>
internal readonly struct RecordRules
{
    /// <summary>A record without a time of its own.</summary>
    private const long NoTimestamp = -1;

    private readonly bool _needsKeys;
    private readonly bool _topicStampsTime;
    private readonly bool _batchStampsTime;
    private readonly long _earliest;
    private readonly long _latest;

    public RecordRules(in RecordBatchHeader batch, TopicConfig config, long nowMs)
    {
        _needsKeys = config.IsCompacted;
        _topicStampsTime = config.LogAppendTime;
        _batchStampsTime = batch.TimestampType == TimestampType.LogAppendTime;
        _earliest = _topicStampsTime ? long.MinValue : nowMs - config.TimestampBeforeMaxMs;
        _latest = _topicStampsTime || config.TimestampAfterMaxMs > long.MaxValue - nowMs ? long.MaxValue : nowMs + config.TimestampAfterMaxMs;
    }

    /// <summary>The fast walk. False: some record may not be as it should be; <see cref="Check"/> knows.</summary>
    /// <param name="maxTimestamp">The latest time of all records; -1 when none has one.</param>
    /// <exception cref="KafkaProtocolException">A record is malformed.</exception>
    public bool Holds(RecordEnumerator records, out long maxTimestamp)
    {
        long min = long.MaxValue;
        long max = NoTimestamp;
        long index = 0;
        bool inOrder = true;
        bool keyMissing = false;
        while (records.MoveNext())
        {
            RecordView record = records.Current;
            long timestamp = record.Timestamp;
            min = Math.Min(min, timestamp);
            max = Math.Max(max, timestamp);
            inOrder &= record.Offset == index++;
            keyMissing |= record.IsKeyNull;
        }

        maxTimestamp = max;
        return inOrder && !(keyMissing && _needsKeys) && min >= _earliest && max <= _latest && !_batchStampsTime;
    }

    public ErrorCode Check(in RecordView record, int index, out string? message)
    {
        message = null;
        if (_needsKeys && record.IsKeyNull)
        {
            message = "A compacted topic takes no record without a key.";
            return ErrorCode.InvalidRecord;
        }

        if (record.Offset != index)
        {
            message = $"Its offset in the batch is {record.Offset}.";
            return ErrorCode.InvalidRecord;
        }

        if (!_topicStampsTime && record.Timestamp != NoTimestamp)
        {
            if (record.Timestamp >= _earliest && record.Timestamp <= _latest)
            {
                return ErrorCode.None;
            }

            message = $"Its timestamp {record.Timestamp} is not between {_earliest} and {_latest}.";
            return ErrorCode.InvalidTimestamp;
        }

        if (!_batchStampsTime)
        {
            return ErrorCode.None;
        }

        message = "Its batch says that the broker has set its timestamp.";
        return ErrorCode.InvalidTimestamp;
    }
}
