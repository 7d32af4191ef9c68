using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression;

namespace HighPerf.Kafka.Protocol.Records;

/// <summary>
/// Writes record batches of format 2 into a pooled buffer in one pass: room for the header is left, records are appended while the batch is open, sealing
/// makes it final. Reusable; several batches may follow one another in one buffer. One owner at a time, not thread-safe; does not own the buffer.
/// </summary>
internal sealed class RecordBatchWriter
{
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

    /// <summary>
    /// Whether a record still fits when the open batch may become <paramref name="limit"/> bytes. The first record of a batch is always let in by callers.
    /// </summary>
    public bool HasRoomFor(int keyLength, int valueLength, int headersSize, int limit) =>
        Length + RecordEncoder.MaxSizeOf(keyLength, valueLength, headersSize) <= limit;

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
        RecordEncoder.WriteHeaders(ref AppendBody(delta, timestamp, key, value, 0, 0), default, 0);
        return delta;
    }

    /// <summary>Appends a record with headers at the next offset. Returns its offset delta.</summary>
    public int Append(long timestamp, NullableBytes key, NullableBytes value, ReadOnlySpan<RecordHeader> headers)
    {
        int delta = _lastOffsetDelta + 1;
        int size = RecordEncoder.SizeOfHeaders(headers);
        RecordEncoder.WriteHeaders(ref AppendBody(delta, timestamp, key, value, headers.Length, size), headers, size);
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
        int headersSize = headers.Length == 0 ? 0 : RecordEncoder.SizeOfHeaders(headers);
        ref byte value = ref WriteUpToValue(_lastOffsetDelta + 1, timestamp, key, valueLength, headers.Length, headersSize, out _reserved);
        _reservedTimestamp = timestamp;
        int length = Math.Max(valueLength, 0);
        RecordEncoder.WriteHeaders(ref Unsafe.Add(ref value, length), headers, headersSize);
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

    private SealedRecordBatch Seal(PooledBuffer buffer, int start, CompressionType compression)
    {
        uint crc = Crc32C.Compute(buffer.WrittenSpan[(start + RecordBatchHeader.Size)..]);
        int lastDelta = Math.Max(_lastOffsetDelta, 0);
        SealedRecords records = new(buffer.Length - start, crc, compression, _count, lastDelta, _baseTimestamp, _maxTimestamp);
        return new SealedRecordBatch(buffer, start, records);
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
    /// Makes room for a whole record, of <paramref name="total"/> bytes, writes it up to its value, and returns where that goes. The batch does not
    /// count it yet.
    /// </summary>
    private ref byte WriteUpToValue(int offsetDelta, long timestamp, NullableBytes key, int valueLength, int headerCount, int headersSize, out int total)
    {
        long most = RecordEncoder.MaxSizeOf(key.Length, valueLength, headersSize);
        if (most > int.MaxValue)
        {
            RecordEncoder.ThrowTooLarge(most);
        }

        // The first record of a batch gives it its base timestamp, when it is accepted.
        ulong timestampDelta = Varint.ZigZag(_hasBaseTimestamp ? timestamp - _baseTimestamp : 0);
        ref byte p = ref MemoryMarshal.GetReference(_buffer.GetSpan((int)most));
        return ref RecordEncoder.WriteUpToValue(ref p, offsetDelta, timestampDelta, key, valueLength, headerCount, headersSize, out total);
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
