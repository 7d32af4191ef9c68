using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression;

namespace HighPerf.Kafka.Protocol.Records;

/// <summary>
/// Writes one record batch of format 2 into a chain of segments, so that it grows without copying. Segments are given to it by its user, who also says how
/// far the batch may grow. A record never stands in two segments: one that does not fit the rest of a segment begins the next, and segments are sent
/// gathered, so the unused rest costs nothing on the wire. A segment is checksummed when it is full, while it is in cache.
/// Reusable; one owner at a time, not thread-safe.
/// </summary>
internal sealed class SegmentedBatchWriter
{
    private readonly List<ArraySegment<byte>> _segments = new(8); // the finished ones; the open one is added when it is finished
    private byte[] _array = [];
    private int _position;
    private int _limit;
    private int _finishedLength;
    private uint _crc;
    private int _count;
    private long _baseTimestamp;
    private long _maxTimestamp;
    private int _reserved;
    private long _reservedTimestamp;

    /// <summary>The number of records.</summary>
    public int Count => _count;

    /// <summary>The bytes so far, with the header, before compression.</summary>
    public int Length => _finishedLength + _position;

    /// <summary>The segments, once the batch is sealed. The first begins with the header.</summary>
    public List<ArraySegment<byte>> Segments => _segments;

    /// <summary>Begins a batch: its header takes the beginning of the first segment.</summary>
    /// <param name="segment">Belongs to the batch until <see cref="TakeBack"/>.</param>
    /// <param name="limit">How far the segment may be filled.</param>
    public void Begin(byte[] segment, int limit)
    {
        Debug.Assert(_array.Length == 0 && _segments.Count == 0, "What the last batch held was taken back.");
        _array = segment;
        _position = RecordBatchHeader.Size;
        _limit = limit;
        _finishedLength = 0;
        _crc = 0;
        _count = 0;
        _baseTimestamp = -1;
        _maxTimestamp = -1;
    }

    /// <summary>Goes on in another segment.</summary>
    /// <param name="segment">Belongs to the batch until <see cref="TakeBack"/>.</param>
    /// <param name="limit">How far the segment may be filled.</param>
    public void Continue(byte[] segment, int limit)
    {
        FinishSegment();
        _array = segment;
        _position = 0;
        _limit = limit;
    }

    /// <summary>Whether a record that takes at most so many bytes fits into the open segment.</summary>
    public bool HasRoomFor(int maxSize) => _limit - _position >= maxSize;

    /// <summary>Appends a record; there must be room for it. Returns its offset delta.</summary>
    /// <param name="timestamp">In milliseconds since 1970; -1 for none.</param>
    /// <param name="headersSize">As <see cref="RecordEncoder.SizeOfHeaders"/> gives it.</param>
    public int Append(long timestamp, NullableBytes key, NullableBytes value, ReadOnlySpan<RecordHeader> headers, int headersSize)
    {
        ref byte p = ref WriteUpToValue(timestamp, key, value.Length, headers.Length, headersSize, out int total);
        ReadOnlySpan<byte> bytes = value.Span;
        bytes.CopyTo(MemoryMarshal.CreateSpan(ref p, bytes.Length));
        RecordEncoder.WriteHeaders(ref Unsafe.Add(ref p, bytes.Length), headers, headersSize);
        return Accept(timestamp, total);
    }

    /// <summary>
    /// Writes a record but for its value and gives the span for that, so that a serialiser writes in place; there must be room. Nothing counts before
    /// <see cref="Commit"/>: a caller that fails in between leaves the batch as it was.
    /// </summary>
    /// <param name="valueLength">The number of bytes; -1 for null.</param>
    public Span<byte> Reserve(long timestamp, NullableBytes key, int valueLength, ReadOnlySpan<RecordHeader> headers, int headersSize)
    {
        ref byte p = ref WriteUpToValue(timestamp, key, valueLength, headers.Length, headersSize, out _reserved);
        _reservedTimestamp = timestamp;
        int length = Math.Max(valueLength, 0);
        RecordEncoder.WriteHeaders(ref Unsafe.Add(ref p, length), headers, headersSize);
        return MemoryMarshal.CreateSpan(ref p, length);
    }

    /// <summary>Makes the record of <see cref="Reserve"/> part of the batch. Returns its offset delta.</summary>
    public int Commit() => Accept(_reservedTimestamp, _reserved);

    /// <summary>Makes the records final, without compression.</summary>
    public SealedRecords Seal()
    {
        FinishSegment();
        return new SealedRecords(_finishedLength, _crc, CompressionType.None, _count, _count - 1, _baseTimestamp, _maxTimestamp);
    }

    /// <summary>Makes the records final and compresses them into a buffer that holds nothing yet; the segments are left as they are.</summary>
    /// <param name="scratch">Used when there are several segments: codecs want their input in one run.</param>
    public SealedRecords Seal(CompressionCodec codec, int level, PooledBuffer destination, PooledBuffer scratch)
    {
        FinishSegment();
        Debug.Assert(destination.Length == 0, "The header goes first.");
        destination.EnsureFree(RecordBatchHeader.Size);
        destination.Advance(RecordBatchHeader.Size);
        codec.Compress(Records(scratch), destination, level);
        uint crc = Crc32C.Compute(destination.WrittenSpan[RecordBatchHeader.Size..]);
        return new SealedRecords(destination.Length, crc, codec.Type, _count, _count - 1, _baseTimestamp, _maxTimestamp);
    }

    /// <summary>The bytes of memory that the segments take, used or not.</summary>
    public long Capacity
    {
        get
        {
            long capacity = _array.Length;
            foreach (ArraySegment<byte> segment in _segments)
            {
                capacity += segment.Array!.Length;
            }

            return capacity;
        }
    }

    /// <summary>Puts other bytes, compressed ones, in the place of the segments, which go back.</summary>
    /// <param name="largest">The longest segment to use.</param>
    public void Replace(ReadOnlySpan<byte> bytes, BufferPool pool, int largest)
    {
        TakeBack(pool);
        while (!bytes.IsEmpty)
        {
            int length = Math.Min(bytes.Length, largest);
            byte[] segment = pool.Rent(length);
            bytes[..length].CopyTo(segment);
            _segments.Add(new ArraySegment<byte>(segment, 0, length));
            _finishedLength += length;
            bytes = bytes[length..];
        }
    }

    /// <summary>Takes all segments back, the open one included; the batch is no more.</summary>
    public void TakeBack(BufferPool pool)
    {
        foreach (ArraySegment<byte> segment in _segments)
        {
            pool.Return(segment.Array!);
        }

        _segments.Clear();
        if (_array.Length > 0)
        {
            pool.Return(_array);
            _array = [];
        }

        _position = 0;
        _limit = 0;
        _finishedLength = 0;
    }

    private ReadOnlySpan<byte> Records(PooledBuffer scratch)
    {
        if (_segments.Count == 1)
        {
            return _segments[0].AsSpan(RecordBatchHeader.Size);
        }

        scratch.EnsureFree(_finishedLength);
        foreach (ArraySegment<byte> segment in _segments)
        {
            scratch.Write(segment);
        }

        return scratch.WrittenSpan[RecordBatchHeader.Size..];
    }

    private ref byte WriteUpToValue(long timestamp, NullableBytes key, int valueLength, int headerCount, int headersSize, out int total)
    {
        // Records are written without looking at bounds, so here, once for each record.
        if (_limit - _position < RecordEncoder.MaxSizeOf(key.Length, valueLength, headersSize))
        {
            throw new InvalidOperationException("The record does not fit the open segment; its writer asks first.");
        }

        // The first record of a batch gives it its base timestamp, when it is accepted.
        ulong delta = Varint.ZigZag(_count == 0 ? 0 : timestamp - _baseTimestamp);
        ref byte p = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_array), _position);
        return ref RecordEncoder.WriteUpToValue(ref p, _count, delta, key, valueLength, headerCount, headersSize, out total);
    }

    private int Accept(long timestamp, int total)
    {
        if (_count == 0)
        {
            _baseTimestamp = timestamp;
        }

        _position += total;
        _maxTimestamp = Math.Max(_maxTimestamp, timestamp);
        return _count++;
    }

    private void FinishSegment()
    {
        if (_array.Length == 0)
        {
            return;
        }

        int from = _segments.Count == 0 ? RecordBatchHeader.Size : 0;
        _crc = Crc32C.Append(_crc, _array.AsSpan(from, _position - from));
        _finishedLength += _position;
        _segments.Add(new ArraySegment<byte>(_array, 0, _position));
        _array = [];
        _position = 0;
        _limit = 0;
    }
}
