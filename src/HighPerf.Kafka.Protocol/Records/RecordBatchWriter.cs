using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression;

namespace HighPerf.Kafka.Protocol.Records;

/// <summary>
/// Writes record batches of format 2 into a pooled buffer in one pass: room for the header is left, records are appended while the batch is open, sealing
/// makes it final. Reusable; several batches may follow one another in one buffer. One owner at a time, not thread-safe; does not own the buffer.
/// </summary>
/// <remarks>
/// A record, all numbers but the attributes being zigzag varints:
/// <code>
/// length | attributes (int8, 0) | timestamp delta (64 bits) | offset delta | key length | key | value length | value | header count | headers
/// a header: key length | key (UTF-8) | value length | value           length -1 is null
/// </code>
/// </remarks>
internal sealed class RecordBatchWriter
{
    /// <summary>The most a record takes beyond key, value and headers: length, attributes, timestamp delta, offset delta and three lengths.</summary>
    public const int MaxRecordOverhead = 5 + 1 + 10 + 5 + 5 + 5 + 5;

    private readonly PooledBuffer _buffer;
    private int _start;
    private int _count;
    private int _lastOffsetDelta;
    private long _baseTimestamp;
    private long _maxTimestamp;
    private bool _hasBaseTimestamp;
    private int _reserved;
    private long _reservedTimestamp;

    public RecordBatchWriter(PooledBuffer buffer) => _buffer = buffer;

    /// <summary>The number of records in the open batch.</summary>
    public int Count => _count;

    /// <summary>The bytes of the open batch so far, with its header, before compression.</summary>
    public int Length => _buffer.Length - _start;

    /// <summary>The timestamp of the first record, or the one given to <see cref="Begin(long)"/>.</summary>
    public long BaseTimestamp => _baseTimestamp;

    /// <summary>The greatest timestamp so far; -1 when there is none.</summary>
    public long MaxTimestamp => _maxTimestamp;

    /// <summary>An upper bound of what a record takes: "would it fit".</summary>
    /// <param name="headersSize">As <see cref="SizeOfHeaders"/> gives it.</param>
    public static long MaxSizeOf(int keyLength, int valueLength, int headersSize = 0) =>
        (long)MaxRecordOverhead + Math.Max(keyLength, 0) + Math.Max(valueLength, 0) + headersSize;

    /// <summary>The bytes that headers take, without their count.</summary>
    public static int SizeOfHeaders(ReadOnlySpan<RecordHeader> headers)
    {
        long size = 0;
        foreach (RecordHeader header in headers)
        {
            int keyLength = Encoding.UTF8.GetByteCount(header.Key);
            int valueLength = header.Value is { } value ? value.Length : -1;
            size += (long)Varint.SizeOf(keyLength) + keyLength + Varint.SizeOf(valueLength) + Math.Max(valueLength, 0);
        }

        return size <= int.MaxValue ? (int)size : ThrowTooLarge(size);
    }

    /// <summary>
    /// Whether a record still fits when the open batch may become <paramref name="limit"/> bytes. The first record of a batch is always let in by callers.
    /// </summary>
    public bool HasRoomFor(int keyLength, int valueLength, int headersSize, int limit) => Length + MaxSizeOf(keyLength, valueLength, headersSize) <= limit;

    /// <summary>
    /// Opens a batch at the end of the buffer. An open batch that was not sealed stays behind as it is: truncate the buffer to be rid of it.
    /// </summary>
    public void Begin()
    {
        _start = _buffer.Length;
        _buffer.EnsureFree(RecordBatchHeader.Size);
        _buffer.Advance(RecordBatchHeader.Size);
        _count = 0;
        _lastOffsetDelta = -1;
        _baseTimestamp = -1;
        _maxTimestamp = -1;
        _hasBaseTimestamp = false;
    }

    /// <summary>Opens a batch whose base timestamp is not that of its first record (a delete horizon).</summary>
    public void Begin(long baseTimestamp)
    {
        Begin();
        _baseTimestamp = baseTimestamp;
        _hasBaseTimestamp = true;
    }

    /// <summary>Appends a record at the next offset. Returns its offset delta.</summary>
    /// <param name="timestamp">In milliseconds since 1970; -1 for none.</param>
    public int Append(long timestamp, NullableBytes key, NullableBytes value)
    {
        int delta = _lastOffsetDelta + 1;
        ref byte end = ref AppendBody(delta, timestamp, key, value, 0, 0);
        end = 0;
        return delta;
    }

    /// <summary>Appends a record with headers at the next offset. Returns its offset delta.</summary>
    public int Append(long timestamp, NullableBytes key, NullableBytes value, ReadOnlySpan<RecordHeader> headers)
    {
        int delta = _lastOffsetDelta + 1;
        int size = SizeOfHeaders(headers);
        ref byte end = ref AppendBody(delta, timestamp, key, value, headers.Length, size);
        int written = Varint.WriteUnchecked(ref end, Varint.ZigZag(headers.Length));
        WriteHeaders(headers, MemoryMarshal.CreateSpan(ref Unsafe.Add(ref end, written), size));
        return delta;
    }

    /// <summary>Appends a record whose headers are those of another one, at the next offset. Returns its offset delta.</summary>
    public int Append(long timestamp, NullableBytes key, NullableBytes value, RecordHeadersView headers)
    {
        int delta = _lastOffsetDelta + 1;
        AppendAt(delta, timestamp, key, value, headers);
        return delta;
    }

    /// <summary>Appends a record at an offset that leaves a gap behind the one before (as a log cleaner does).</summary>
    public void AppendAt(int offsetDelta, long timestamp, NullableBytes key, NullableBytes value, RecordHeadersView headers)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(offsetDelta, _lastOffsetDelta);
        ref byte end = ref AppendBody(offsetDelta, timestamp, key, value, headers.Count, headers.Encoded.Length);
        int written = Varint.WriteUnchecked(ref end, Varint.ZigZag(headers.Count));
        headers.Encoded.CopyTo(MemoryMarshal.CreateSpan(ref Unsafe.Add(ref end, written), headers.Encoded.Length));
    }

    /// <summary>
    /// Writes a record up to its value and gives the span for that, so that a serialiser writes in place. Nothing counts before <see cref="Commit"/>:
    /// a caller
    /// that fails in between leaves the batch as it was. Nothing else may be done with the batch meanwhile.
    /// </summary>
    /// <param name="valueLength">The number of bytes; -1 for null.</param>
    public Span<byte> Reserve(long timestamp, NullableBytes key, int valueLength, ReadOnlySpan<RecordHeader> headers)
    {
        int headersSize = headers.Length == 0 ? 0 : SizeOfHeaders(headers);
        ref byte value = ref WriteUpToValue(_lastOffsetDelta + 1, timestamp, key, valueLength, headers.Length, headersSize, out _reserved);
        _reservedTimestamp = timestamp;
        int length = Math.Max(valueLength, 0);
        ref byte end = ref Unsafe.Add(ref value, length);
        int written = Varint.WriteUnchecked(ref end, Varint.ZigZag(headers.Length));
        WriteHeaders(headers, MemoryMarshal.CreateSpan(ref Unsafe.Add(ref end, written), headersSize));
        return MemoryMarshal.CreateSpan(ref value, length);
    }

    /// <summary>Makes the record of <see cref="Reserve"/> part of the batch. Returns its offset delta.</summary>
    public int Commit()
    {
        Accept(_lastOffsetDelta + 1, _reservedTimestamp, _reserved);
        return _lastOffsetDelta;
    }

    /// <summary>Makes the batch end at an offset behind its last record: the tail was compacted away.</summary>
    public void ExtendTo(int lastOffsetDelta)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(lastOffsetDelta, _lastOffsetDelta);
        _lastOffsetDelta = lastOffsetDelta;
    }

    /// <summary>Makes the records final, without compression, and checksums them while they are in cache.</summary>
    public SealedRecordBatch Seal() => Seal(_buffer, _start, CompressionType.None);

    /// <summary>
    /// Makes the records final: compresses them into <paramref name="destination"/>, behind what that holds already. This writer's buffer is left as it is.
    /// </summary>
    public SealedRecordBatch Seal(CompressionCodec codec, int level, PooledBuffer destination)
    {
        if (ReferenceEquals(destination, _buffer))
        {
            throw new ArgumentException("A batch cannot be compressed into the buffer that it stands in.", nameof(destination));
        }

        int start = destination.Length;
        destination.EnsureFree(RecordBatchHeader.Size);
        destination.Advance(RecordBatchHeader.Size);
        codec.Compress(_buffer.WrittenSpan[(_start + RecordBatchHeader.Size)..], destination, level);
        return Seal(destination, start, codec.Type);
    }

    private static void WriteHeaders(ReadOnlySpan<RecordHeader> headers, Span<byte> destination)
    {
        foreach (RecordHeader header in headers)
        {
            int keyLength = Encoding.UTF8.GetByteCount(header.Key);
            destination = destination[Varint.WriteUnsigned(destination, Varint.ZigZag(keyLength))..];
            destination = destination[Encoding.UTF8.GetBytes(header.Key, destination)..];
            ReadOnlySpan<byte> value = header.Value.GetValueOrDefault().Span;
            destination = destination[Varint.WriteUnsigned(destination, Varint.ZigZag(header.Value is null ? -1 : value.Length))..];
            value.CopyTo(destination);
            destination = destination[value.Length..];
        }
    }

    [DoesNotReturn]
    private static int ThrowTooLarge(long size) => throw new ArgumentException($"A record of {size} bytes is larger than the format can hold (2^31 - 1).");

    private SealedRecordBatch Seal(PooledBuffer buffer, int start, CompressionType compression)
    {
        uint crc = Crc32C.Compute(buffer.WrittenSpan[(start + RecordBatchHeader.Size)..]);
        int lastDelta = Math.Max(_lastOffsetDelta, 0);
        return new SealedRecordBatch(buffer, start, buffer.Length - start, crc, compression, _count, lastDelta, _baseTimestamp, _maxTimestamp);
    }

    /// <summary>Writes a record up to its headers, reserves what those take, and returns where the header count goes.</summary>
    private ref byte AppendBody(int offsetDelta, long timestamp, NullableBytes key, NullableBytes value, int headerCount, int headersSize)
    {
        ref byte p = ref WriteUpToValue(offsetDelta, timestamp, key, value.Length, headerCount, headersSize, out int total);
        ReadOnlySpan<byte> valueSpan = value.Span;
        valueSpan.CopyTo(MemoryMarshal.CreateSpan(ref p, valueSpan.Length));
        Accept(offsetDelta, timestamp, total);
        return ref Unsafe.Add(ref p, valueSpan.Length);
    }

    /// <summary>
    /// Makes room for a whole record of <paramref name="total"/> bytes, writes it up to its value, and returns where that goes. The batch does not
    /// count it yet.
    /// </summary>
    private ref byte WriteUpToValue(int offsetDelta, long timestamp, NullableBytes key, int valueLength, int headerCount, int headersSize, out int total)
    {
        // The first record of a batch gives it its base timestamp, when it is accepted.
        ulong timestampDelta = Varint.ZigZag(_hasBaseTimestamp ? timestamp - _baseTimestamp : 0);
        ReadOnlySpan<byte> keySpan = key.Span;
        uint encodedKeyLength = Varint.ZigZag(key.Length);
        uint encodedValueLength = Varint.ZigZag(valueLength);
        int fixedSize = 1 + Varint.SizeOfUnsigned(timestampDelta) + Varint.SizeOf(offsetDelta) + Varint.SizeOfUnsigned(encodedKeyLength)
            + Varint.SizeOfUnsigned(encodedValueLength) + Varint.SizeOf(headerCount);
        long size = (long)fixedSize + keySpan.Length + Math.Max(valueLength, 0) + headersSize;
        if (size > int.MaxValue - 5)
        {
            ThrowTooLarge(size);
        }

        uint length = Varint.ZigZag((int)size);
        total = Varint.SizeOfUnsigned(length) + (int)size;
        ref byte p = ref MemoryMarshal.GetReference(_buffer.GetSpan(total));
        p = ref Unsafe.Add(ref p, Varint.WriteUnchecked(ref p, length));
        p = 0;
        p = ref Unsafe.Add(ref p, 1);
        p = ref Unsafe.Add(ref p, Varint.WriteUnchecked(ref p, timestampDelta));
        p = ref Unsafe.Add(ref p, Varint.WriteUnchecked(ref p, Varint.ZigZag(offsetDelta)));
        p = ref Unsafe.Add(ref p, Varint.WriteUnchecked(ref p, encodedKeyLength));
        keySpan.CopyTo(MemoryMarshal.CreateSpan(ref p, keySpan.Length));
        p = ref Unsafe.Add(ref p, keySpan.Length);
        return ref Unsafe.Add(ref p, Varint.WriteUnchecked(ref p, encodedValueLength));
    }

    private void Accept(int offsetDelta, long timestamp, int total)
    {
        if (!_hasBaseTimestamp)
        {
            _hasBaseTimestamp = true;
            _baseTimestamp = timestamp;
        }

        _buffer.Advance(total);
        _count++;
        _lastOffsetDelta = offsetDelta;
        _maxTimestamp = Math.Max(_maxTimestamp, timestamp);
    }
}
