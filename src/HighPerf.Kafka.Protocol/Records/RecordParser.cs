using System.Diagnostics.CodeAnalysis;
using HighPerf.Kafka.Protocol.Buffers;

namespace HighPerf.Kafka.Protocol.Records;

/// <summary>
/// Reads one record with every check, and says what is wrong with it and where. The slow twin of <see cref="RecordEnumerator"/>'s fast path: it sees records
/// with headers, long ones, the last few of a batch, and all malformed ones.
/// </summary>
internal ref struct RecordParser
{
    private readonly ReadOnlySpan<byte> _body;
    private readonly long _baseOffset;
    private readonly int _index;
    private int _position;
    private int _end;

    /// <param name="index">The number of the record in its batch, for errors.</param>
    public RecordParser(ReadOnlySpan<byte> body, int position, int index, long baseOffset)
    {
        _body = body;
        _baseOffset = baseOffset;
        _index = index;
        _position = position;
        _end = body.Length;
    }

    /// <summary>Reads the record. The offset and the timestamp in the result are the deltas.</summary>
    public RecordLayout Parse()
    {
        if (_position >= _end)
        {
            Throw("the records of the batch end before it");
        }

        int size = ReadVarint("its length");
        if (size < 0 || size > _end - _position)
        {
            Throw($"its length is {size}, and {_end - _position} bytes are left");
        }

        _end = _position + size;
        if (size == 0)
        {
            Throw("its length is 0");
        }

        _position++;
        RecordLayout layout = default;
        layout.Timestamp = ReadVarlong("its timestamp delta");
        layout.Offset = ReadVarint("its offset delta");
        layout.KeyLength = ReadVarint("its key length");
        layout.KeyPosition = Skip(layout.KeyLength, "its key");
        layout.ValueLength = ReadVarint("its value length");
        layout.ValuePosition = Skip(layout.ValueLength, "its value");
        layout.HeaderCount = ReadVarint("its header count");
        layout.HeadersPosition = _position;
        SkipHeaders(layout.HeaderCount);
        layout.HeadersLength = _position - layout.HeadersPosition;
        if (_position != _end)
        {
            Throw($"its length is {size}, and its content takes {size - (_end - _position)}");
        }

        layout.End = _end;
        return layout;
    }

    private void SkipHeaders(int count)
    {
        // A header takes at least two bytes.
        if (count < 0 || count > (_end - _position) / 2)
        {
            Throw($"its header count is {count}, and {_end - _position} bytes are left");
        }

        for (int i = 0; i < count; i++)
        {
            int keyLength = ReadVarint("the length of a header's key");
            if (keyLength < 0)
            {
                Throw($"the key of header {i} is null");
            }

            Skip(keyLength, "the key of a header");
            Skip(ReadVarint("the length of a header's value"), "the value of a header");
        }
    }

    private int Skip(int length, string what)
    {
        int position = _position;
        if (length > _end - position)
        {
            Throw($"{what} has {length} bytes, and {_end - position} are left");
        }

        _position = position + Math.Max(length, 0);
        return position;
    }

    private int ReadVarint(string what)
    {
        int length = Varint.TryReadUnsigned(_body[_position.._end], out uint value);
        Accept(length, what);
        return Varint.UnZigZag(value);
    }

    private long ReadVarlong(string what)
    {
        int length = Varint.TryReadUnsigned(_body[_position.._end], out ulong value);
        Accept(length, what);
        return Varint.UnZigZag(value);
    }

    private void Accept(int length, string what)
    {
        if (length <= 0)
        {
            Throw(length == 0 ? $"its bytes end within {what}" : $"{what} is a variable-length integer that does not end");
        }

        _position += length;
    }

    [DoesNotReturn]
    private readonly void Throw(string what) => throw new KafkaProtocolException(
        $"Record {_index} of the batch at offset {_baseOffset} is malformed at byte {_position} of the {_body.Length} bytes of records: {what}.");
}
