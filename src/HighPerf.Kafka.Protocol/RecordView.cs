using System.Runtime.InteropServices;
using HighPerf.Kafka.Protocol.Records;

namespace HighPerf.Kafka;

/// <summary>
/// A received record: a view over the bytes of its batch. Nothing is copied, so it is valid only as long as the batch is; what shall outlive it must be copied.
/// </summary>
public readonly ref struct RecordView
{
    private readonly ref readonly byte _key;
    private readonly ref readonly byte _value;
    private readonly ref readonly byte _headers;
    private readonly int _keyLength;
    private readonly int _valueLength;
    private readonly int _headersLength;
    private readonly int _headerCount;
    private readonly int _leaderEpoch;
    private readonly TimestampType _timestampType;

    internal RecordView(
        long offset, long timestamp, ref readonly byte key, int keyLength, ref readonly byte value, int valueLength,
        ref readonly byte headers, int headersLength, int headerCount, int leaderEpoch, TimestampType timestampType)
    {
        Offset = offset;
        Timestamp = timestamp;
        _key = ref key;
        _value = ref value;
        _headers = ref headers;
        _keyLength = keyLength;
        _valueLength = valueLength;
        _headersLength = headersLength;
        _headerCount = headerCount;
        _leaderEpoch = leaderEpoch;
        _timestampType = timestampType;
    }

    /// <summary>Where the record stands in its partition.</summary>
    public long Offset { get; }

    /// <summary>The record's time in milliseconds since 1970 (UTC); -1 when it has none.</summary>
    public long Timestamp { get; }

    /// <summary>The record's time. Times outside the years 1 to 9999, which the protocol allows, become the nearest that can be expressed.</summary>
    public DateTimeOffset Time => DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(Timestamp, -62_135_596_800_000, 253_402_300_799_999));

    /// <summary>What <see cref="Timestamp"/> says.</summary>
    public TimestampType TimestampType => _timestampType;

    /// <summary>The leader epoch of the partition in which the record was appended; -1 when it is not known.</summary>
    public int LeaderEpoch => _leaderEpoch;

    /// <summary>The key; empty when it is null.</summary>
    public ReadOnlySpan<byte> Key => MemoryMarshal.CreateReadOnlySpan(in _key, Math.Max(_keyLength, 0));

    /// <summary>Whether the key is null, which is not the same as empty.</summary>
    public bool IsKeyNull => _keyLength < 0;

    /// <summary>The value; empty when it is null.</summary>
    public ReadOnlySpan<byte> Value => MemoryMarshal.CreateReadOnlySpan(in _value, Math.Max(_valueLength, 0));

    /// <summary>Whether the value is null (in a compacted topic: the key is deleted), which is not the same as empty.</summary>
    public bool IsValueNull => _valueLength < 0;

    /// <summary>The headers, read when they are enumerated.</summary>
    public RecordHeadersView Headers => new(MemoryMarshal.CreateReadOnlySpan(in _headers, _headersLength), _headerCount);

    internal NullableBytes NullableKey => IsKeyNull ? NullableBytes.Null : new NullableBytes(Key);

    internal NullableBytes NullableValue => IsValueNull ? NullableBytes.Null : new NullableBytes(Value);
}
