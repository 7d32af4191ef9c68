using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace HighPerf.Kafka.Protocol.Buffers;

/// <summary>
/// Reads the protocol's primitive types from a span. Whatever the bytes are, the only failure is a <see cref="KafkaProtocolException"/> that names the
/// offset; lengths and counts are checked against what is left before anything is allocated for them.
/// </summary>
internal ref struct KafkaReader
{
    /// <summary>
    /// Where in its message the reader is: a byte for each level, the place of the field in its structure. The messages store it before each field,
    /// which is all that naming the field in an error costs while there is none.
    /// </summary>
    public ulong FieldPath;

    private readonly ReadOnlySpan<byte> _source;
    private int _position;
    private IFieldNames? _names;
    private short _version;

    public KafkaReader(ReadOnlySpan<byte> source)
    {
        _source = source;
        _position = 0;
    }

    /// <summary>How many bytes are read.</summary>
    public readonly int Position => _position;

    /// <summary>How many bytes are left.</summary>
    public readonly int Remaining => _source.Length - _position;

    /// <summary>The next bytes as a view, still to be read.</summary>
    public readonly ReadOnlySpan<byte> Peek(int count)
    {
        if ((uint)count > (uint)Remaining)
        {
            ThrowTruncated(count);
        }

        return _source.Slice(_position, count);
    }

    /// <summary>Until <see cref="Leave"/>, errors name the message and its field.</summary>
    public void Enter(IFieldNames names, short version)
    {
        _names = names;
        _version = version;
        FieldPath = 0;
    }

    /// <summary>The message is read; what follows is not part of it.</summary>
    public void Leave() => _names = null;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public sbyte ReadInt8() => (sbyte)Take(1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool ReadBoolean() => Take(1) != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public short ReadInt16() => BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<short>(ref Take(2)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ushort ReadUInt16() => BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<ushort>(ref Take(2)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int ReadInt32() => BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<int>(ref Take(4)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint ReadUInt32() => BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<uint>(ref Take(4)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long ReadInt64() => BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<long>(ref Take(8)));

    public double ReadFloat64() => BitConverter.Int64BitsToDouble(ReadInt64());

    public Guid ReadUuid() => new(ReadRaw(16), bigEndian: true);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint ReadUnsignedVarint()
    {
        int position = _position;
        if ((uint)position < (uint)_source.Length && _source[position] < 0x80)
        {
            _position = position + 1;
            return _source[position];
        }

        return ReadUnsignedVarintSlow();
    }

    public int ReadVarint() => Varint.UnZigZag(ReadUnsignedVarint());

    public long ReadVarlong()
    {
        int length = Varint.TryReadUnsigned(_source[_position..], out ulong value);
        Accept(length, 10);
        return Varint.UnZigZag(value);
    }

    /// <summary>The next bytes as a view.</summary>
    public ReadOnlySpan<byte> ReadRaw(int count)
    {
        if ((uint)count > (uint)Remaining)
        {
            ThrowTruncated(count);
        }

        ReadOnlySpan<byte> bytes = _source.Slice(_position, count);
        _position += count;
        return bytes;
    }

    /// <summary>A non-null string with an int16 length.</summary>
    public string ReadString() => ReadNullableString() ?? ThrowNull<string>("string");

    public string? ReadNullableString()
    {
        int length = ReadInt16();
        return length == -1 ? null : Decode(length);
    }

    /// <summary>A string that is most often the same as one before: that one is given again when it is, and nothing allocated.</summary>
    public string? ReadNullableString(string? known)
    {
        int length = ReadInt16();
        if (known is not null && length == known.Length && length <= Remaining && Ascii.Equals(_source.Slice(_position, length), known))
        {
            _position += length;
            return known;
        }

        return length == -1 ? null : Decode(length);
    }

    /// <summary>A non-null string with a varint length + 1.</summary>
    public string ReadCompactString() => ReadNullableCompactString() ?? ThrowNull<string>("string");

    public string? ReadNullableCompactString()
    {
        int length = ReadCompactLength();
        return length == -1 ? null : Decode(length);
    }

    public string ReadString(bool compact) => compact ? ReadCompactString() : ReadString();

    public string? ReadNullableString(bool compact) => compact ? ReadNullableCompactString() : ReadNullableString();

    /// <summary>A copy of the bytes of a field that is not null.</summary>
    public byte[] ReadByteArray(bool compact) => ReadNullableByteArray(compact) ?? ThrowNull<byte[]>("field of bytes");

    /// <summary>A copy of the bytes of a field, or null.</summary>
    public byte[]? ReadNullableByteArray(bool compact)
    {
        bool present = compact ? TryReadCompactBytes(out ReadOnlySpan<byte> bytes) : TryReadBytes(out bytes);
        return present ? bytes.ToArray() : null;
    }

    /// <summary>The bytes of a field with an int32 length, as a view; false when it is null.</summary>
    public bool TryReadBytes(out ReadOnlySpan<byte> bytes) => TryView(ReadInt32(), out bytes);

    /// <summary>The bytes of a field with a varint length + 1, as a view; false when it is null.</summary>
    public bool TryReadCompactBytes(out ReadOnlySpan<byte> bytes) => TryView(ReadCompactLength(), out bytes);

    /// <summary>
    /// The element count of an array; -1 when it is null. Checked against the bytes left: each element takes at least <paramref name="minElementSize"/>.
    /// </summary>
    public int ReadArrayLength(int minElementSize) => CheckCount(ReadInt32(), minElementSize);

    public int ReadCompactArrayLength(int minElementSize) => CheckCount(ReadCompactLength(), minElementSize);

    public int ReadArrayLength(int minElementSize, bool compact) => compact ? ReadCompactArrayLength(minElementSize) : ReadArrayLength(minElementSize);

    /// <summary>Refuses a null where there must be none.</summary>
    [DoesNotReturn]
    public readonly T ThrowNull<T>(string what)
    {
        ThrowAt($"the {what} is null where the version has no null");
        return default!;
    }

    /// <summary>Refuses what was just read.</summary>
    [DoesNotReturn]
    public readonly void ThrowAt(string what)
    {
        string where = _names is null ? "" : _names.Describe(_version, FieldPath) + ": ";
        throw new KafkaProtocolException($"{where}malformed bytes at offset {_position} of {_source.Length}: {what}.");
    }

    private int ReadCompactLength()
    {
        uint raw = ReadUnsignedVarint();
        if (raw > int.MaxValue)
        {
            ThrowAt($"the length {raw - 1L} is absurd");
        }

        return (int)raw - 1;
    }

    private readonly int CheckCount(int count, int minElementSize)
    {
        if (count < -1)
        {
            ThrowAt($"the array length {count} is negative");
        }

        if ((long)count * minElementSize > Remaining)
        {
            ThrowAt($"an array of {count} elements of at least {minElementSize} bytes each cannot be in the {Remaining} bytes left");
        }

        return count;
    }

    private string Decode(int length)
    {
        if (length < 0)
        {
            ThrowAt($"the string length {length} is negative");
        }

        if (length > short.MaxValue)
        {
            ThrowAt($"the string length {length} is above {short.MaxValue}");
        }

        return Encoding.UTF8.GetString(ReadRaw(length));
    }

    private bool TryView(int length, out ReadOnlySpan<byte> bytes)
    {
        if (length == -1)
        {
            bytes = default;
            return false;
        }

        if (length < 0)
        {
            ThrowAt($"the length {length} is negative");
        }

        bytes = ReadRaw(length);
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private uint ReadUnsignedVarintSlow()
    {
        int length = Varint.TryReadUnsigned(_source[_position..], out uint value);
        Accept(length, 5);
        return value;
    }

    private void Accept(int length, int limit)
    {
        if (length > 0)
        {
            _position += length;
            return;
        }

        ThrowAt(length == 0 ? "the bytes end within a variable-length integer" : $"a variable-length integer does not end within {limit} bytes");
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref byte Take(int count)
    {
        int position = _position;
        if ((uint)position + (uint)count > (uint)_source.Length)
        {
            ThrowTruncated(count);
        }

        _position = position + count;
        return ref Unsafe.Add(ref MemoryMarshal.GetReference(_source), position);
    }

    [DoesNotReturn]
    private readonly void ThrowTruncated(int count) => ThrowAt($"{count} more bytes are needed and {Remaining} are left");
}
