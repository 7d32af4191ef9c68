using HighPerf.Kafka.Protocol.Records;

namespace HighPerf.Kafka;

/// <summary>
/// A record as bytes, for <see cref="TopicSender"/> and <see cref="PartitionSender"/>. Everything is copied during the call that it is given to. Null is not
/// empty: a record that is made with its initialiser alone has neither key nor value.
/// </summary>
public readonly ref struct RawRecord
{
    private readonly NullableBytes _key;
    private readonly NullableBytes _value;

    // Kept one higher, so that a record made by its initialiser alone has neither.
    private readonly int _partition;
    private readonly long _timestamp;

    /// <summary>Creates a record without a key.</summary>
    public RawRecord(ReadOnlySpan<byte> value) => _value = new NullableBytes(value);

    /// <summary>Creates a record with a key.</summary>
    public RawRecord(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        _key = new NullableBytes(key);
        _value = new NullableBytes(value);
    }

    /// <summary>The key; records of one key go to one partition. Empty when it is null.</summary>
    public ReadOnlySpan<byte> Key
    {
        get => _key.Span;
        init => _key = new NullableBytes(value);
    }

    /// <summary>Whether there is no key.</summary>
    public bool IsKeyNull => _key.IsNull;

    /// <summary>The value. Empty when it is null.</summary>
    public ReadOnlySpan<byte> Value
    {
        get => _value.Span;
        init => _value = new NullableBytes(value);
    }

    /// <summary>Whether the value is null: a tombstone, which compaction takes for the end of its key.</summary>
    public bool IsValueNull => _value.IsNull;

    /// <summary>The headers, in order.</summary>
    public ReadOnlySpan<RecordHeader> Headers { get; init; }

    /// <summary>The partition, or -1 to let the partitioner choose.</summary>
    public int Partition
    {
        get => _partition - 1;
        init => _partition = value + 1;
    }

    /// <summary>Milliseconds since 1970, or -1 for the time of the send.</summary>
    public long Timestamp
    {
        get => _timestamp - 1;
        init => _timestamp = value + 1;
    }

    internal NullableBytes NullableKey => _key;

    internal NullableBytes NullableValue => _value;

    /// <summary>A record that ends its key in a compacted topic: the value is null.</summary>
    public static RawRecord Tombstone(ReadOnlySpan<byte> key) => new() { Key = key };
}
