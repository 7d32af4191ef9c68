using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Records;

namespace HighPerf.Kafka;

/// <summary>Walks the records of one batch. Valid as long as the batch; nothing is allocated or copied.</summary>
/// <remarks>
/// The fast path reads a record whose numbers take at most three bytes each and which has no headers, straight down, with one check per thing that could
/// run out of bounds. Whatever it does not like it leaves to <see cref="RecordParser"/>, which reads the record again from its beginning and knows every
/// error.
/// </remarks>
public ref struct RecordEnumerator
{
    /// <summary>Length (3), attributes (1), timestamp delta (3), offset delta (3) and key length (2).</summary>
    private const int FastPrefix = 3 + 1 + 3 + 3 + 2;

    /// <summary>What the short readers return for a number that is longer: a bit that no short number has.</summary>
    private const uint NotShort = 1u << 31;

    private readonly ReadOnlySpan<byte> _body;
    private readonly long _baseOffset;
    private readonly long _baseTimestamp;
    private readonly long _firstOffset;
    private readonly int _leaderEpoch;
    private readonly TimestampType _timestampType;
    private readonly bool _isLegacy;

    /// <summary>All ones, or 0 where a record's own time does not count because the broker gave the batch one.</summary>
    private readonly long _timestampMask;

    private readonly int _count;
    private int _index;
    private RecordLayout _current;

    /// <summary>Over the records of a batch of format 2, not compressed (any more).</summary>
    internal RecordEnumerator(ReadOnlySpan<byte> body, scoped in RecordBatchHeader header, long firstOffset)
    {
        _body = body;
        _baseOffset = header.BaseOffset;
        _timestampType = header.TimestampType;
        _baseTimestamp = _timestampType == TimestampType.LogAppendTime ? header.MaxTimestamp : header.BaseTimestamp;
        _timestampMask = _timestampType == TimestampType.LogAppendTime ? 0 : -1;
        _firstOffset = firstOffset;
        _leaderEpoch = header.PartitionLeaderEpoch;
        _count = header.RecordCount;
    }

    /// <summary>Over messages of format 0 or 1: one that is not compressed, or those that were in a compressed one, whose offsets may need a shift.</summary>
    internal RecordEnumerator(ReadOnlySpan<byte> messages, scoped in RecordBatchHeader header, long offsetShift, long firstOffset)
    {
        _body = messages;
        _baseOffset = offsetShift;
        _timestampType = header.TimestampType;
        _baseTimestamp = _timestampType == TimestampType.CreateTime ? 0 : header.MaxTimestamp;
        _timestampMask = _timestampType == TimestampType.CreateTime ? -1 : 0;
        _firstOffset = firstOffset;
        _leaderEpoch = -1;
        _isLegacy = true;
    }

    /// <summary>The record reached by the last <see cref="MoveNext"/>.</summary>
    public readonly RecordView Current
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            ref byte body = ref MemoryMarshal.GetReference(_body);
            return new RecordView(
                _current.Offset,
                _current.Timestamp,
                ref Unsafe.Add(ref body, _current.KeyPosition),
                _current.KeyLength,
                ref Unsafe.Add(ref body, _current.ValuePosition),
                _current.ValueLength,
                ref Unsafe.Add(ref body, _current.HeadersPosition),
                _current.HeadersLength,
                _current.HeaderCount,
                _leaderEpoch,
                _timestampType);
        }
    }

    /// <summary>
    /// How far it has come; an enumerator over the same bytes goes on from there with <see cref="GoTo"/>. For readers that cannot keep an enumerator.
    /// </summary>
    internal readonly (int Index, int End) Place => (_index, _current.End);

    /// <summary>What is added to the offset that a record carries.</summary>
    internal readonly long OffsetShift => _baseOffset;

    internal void GoTo((int Index, int End) place)
    {
        _index = place.Index;
        _current.End = place.End;
    }

    /// <summary>This enumerator, as <c>foreach</c> asks for it.</summary>
    public readonly RecordEnumerator GetEnumerator() => this;

    /// <summary>Goes to the next record; false behind the last one.</summary>
    /// <exception cref="KafkaProtocolException">The record is malformed, or the batch has fewer or more records than it says.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool MoveNext()
    {
        do
        {
            if (_isLegacy ? !MoveNextLegacy() : !MoveNextRecord())
            {
                return false;
            }
        }
        while (_current.Offset < _firstOffset);

        return true;
    }

    private bool MoveNextRecord()
    {
        ref byte body = ref MemoryMarshal.GetReference(_body);
        int p = _current.End;
        int limit = _body.Length;
        if (_index >= _count || limit - p < FastPrefix)
        {
            return MoveNextSlow();
        }

        uint size = ReadUpTo3(ref body, ref p);
        int end = p + Varint.UnZigZag(size);
        p++;
        uint timestampDelta = ReadUpTo3(ref body, ref p);
        uint offsetDelta = ReadUpTo3(ref body, ref p);
        uint rawKeyLength = ReadUpTo2(ref body, ref p);
        int keyLength = Varint.UnZigZag(rawKeyLength);
        int keySize = Math.Max(keyLength, 0);
        int keyPosition = p;
        if ((int)(size | timestampDelta | offsetDelta | rawKeyLength) < 0 || end > limit || keySize > end - p - 2)
        {
            return MoveNextSlow();
        }

        // At least two bytes are left in the record, as value length and header count take.
        p += keySize;
        uint rawValueLength = ReadUpTo2(ref body, ref p);
        int valueLength = Varint.UnZigZag(rawValueLength);
        int valuePosition = p;
        p += Math.Max(valueLength, 0);
        bool isLastOfTooMany = _index == _count - 1 && end != limit;
        if ((int)rawValueLength < 0 || p != end - 1 || Unsafe.Add(ref body, p) != 0 || isLastOfTooMany)
        {
            return MoveNextSlow();
        }

        _current.Offset = _baseOffset + Varint.UnZigZag(offsetDelta);
        _current.Timestamp = _baseTimestamp + (Varint.UnZigZag(timestampDelta) & _timestampMask);
        _current.KeyPosition = keyPosition;
        _current.KeyLength = keyLength;
        _current.ValuePosition = valuePosition;
        _current.ValueLength = valueLength;
        _current.HeadersLength = 0;
        _current.HeaderCount = 0;
        _current.End = end;
        _index++;
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool MoveNextSlow()
    {
        if (_index >= _count)
        {
            return _current.End == _body.Length ? false : throw TooMany(_current.End);
        }

        RecordLayout layout = new RecordParser(_body, _current.End, _index, _baseOffset).Parse();
        if (_index == _count - 1 && layout.End != _body.Length)
        {
            // Before the last record is given away, as the Java client does.
            throw TooMany(layout.End);
        }

        layout.Offset += _baseOffset;
        layout.Timestamp = _baseTimestamp + (layout.Timestamp & _timestampMask);
        _current = layout;
        _index++;
        return true;
    }

    private readonly KafkaProtocolException TooMany(int end) =>
        new($"The batch at offset {_baseOffset} says that it has {_count} records, and {_body.Length - end} bytes follow them.");

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool MoveNextLegacy()
    {
        RecordBatchReader reader = new(_body[_current.End..]);
        if (!reader.TryRead(out RecordBatchView message))
        {
            return false;
        }

        int position = _current.End;
        LegacyMessage.Locate(message.Bytes, out int keyPosition, out int keyLength, out int valuePosition, out int valueLength);
        _current.Offset = _baseOffset + message.Header.BaseOffset;
        _current.Timestamp = _baseTimestamp + (message.Header.BaseTimestamp & _timestampMask);
        _current.KeyPosition = position + keyPosition;
        _current.KeyLength = keyLength;
        _current.ValuePosition = position + valuePosition;
        _current.ValueLength = valueLength;
        _current.End = position + message.Bytes.Length;
        _index++;
        return true;
    }

    /// <summary>Reads an unsigned number of one to three bytes, all of which are in the buffer, and goes on behind it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint ReadUpTo3(ref byte body, ref int p)
    {
        uint first = Unsafe.Add(ref body, p);
        if (first < 0x80)
        {
            p++;
            return first;
        }

        uint second = Unsafe.Add(ref body, p + 1);
        if (second < 0x80)
        {
            p += 2;
            return (first & 0x7f) | (second << 7);
        }

        uint third = Unsafe.Add(ref body, p + 2);
        p += 3;
        return third < 0x80 ? (first & 0x7f) | ((second & 0x7f) << 7) | (third << 14) : NotShort;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint ReadUpTo2(ref byte body, ref int p)
    {
        uint first = Unsafe.Add(ref body, p);
        if (first < 0x80)
        {
            p++;
            return first;
        }

        uint second = Unsafe.Add(ref body, p + 1);
        p += 2;
        return second < 0x80 ? (first & 0x7f) | (second << 7) : NotShort;
    }
}
