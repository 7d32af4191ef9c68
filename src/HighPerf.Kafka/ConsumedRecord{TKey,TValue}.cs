using HighPerf.Kafka.Consuming;
using HighPerf.Kafka.Consuming.Committing;
using HighPerf.Kafka.Protocol.Records;

namespace HighPerf.Kafka;

/// <summary>A record with its key and value read. Those are the caller's to keep; raw bytes and headers live until the next record is asked for.</summary>
public readonly struct ConsumedRecord<TKey, TValue>
{
    private readonly PartitionCursor _cursor;
    private readonly ReadOnlyMemory<byte> _headers;
    private readonly int _headerCount;

    internal ConsumedRecord(BatchLease lease, in RecordView view, TKey key, TValue value, ReadOnlyMemory<byte> headers)
    {
        _cursor = lease.Cursor;
        Slot = lease.Slot;
        Offset = view.Offset;
        Timestamp = view.Timestamp;
        LeaderEpoch = view.LeaderEpoch;
        Key = key;
        Value = value;
        _headers = headers;
        _headerCount = view.Headers.Count;
    }

    /// <summary>The partition.</summary>
    public TopicPartition TopicPartition => Cursor.TopicPartition;

    /// <summary>The topic.</summary>
    public string Topic => TopicPartition.Topic;

    /// <summary>The partition's number.</summary>
    public int Partition => TopicPartition.Partition;

    /// <summary>Where the record stands in its partition.</summary>
    public long Offset { get; }

    /// <summary>Milliseconds since 1970; -1 when it has none.</summary>
    public long Timestamp { get; }

    /// <summary>The leader epoch in which the record was written; -1 when it is not known.</summary>
    public int LeaderEpoch { get; }

    /// <summary>The key.</summary>
    public TKey Key { get; }

    /// <summary>The value.</summary>
    public TValue Value { get; }

    /// <summary>The headers; a view that lives until the next record is asked for.</summary>
    public RecordHeadersView Headers => new(_headers.Span, _headerCount);

    /// <summary>Where the offset behind it is stored; null without a group.</summary>
    internal CursorSlot? Slot { get; }

    /// <summary>The partition, as it was assigned when the record was read.</summary>
    internal PartitionCursor Cursor => _cursor ?? throw new InvalidOperationException("This is no record that was read: it is the default of its type.");
}
