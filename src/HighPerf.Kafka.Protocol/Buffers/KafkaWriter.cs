using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace HighPerf.Kafka.Protocol.Buffers;

/// <summary>
/// Writes the protocol's primitive types, big-endian, into a span that the caller has sized exactly beforehand. A write past the end is a bug in the
/// sizing and throws; nothing grows, nothing allocates.
/// </summary>
internal ref struct KafkaWriter
{
    private readonly Span<byte> _destination;
    private int _position;

    public KafkaWriter(Span<byte> destination)
    {
        _destination = destination;
        _position = 0;
    }

    /// <summary>How many bytes are written.</summary>
    public readonly int Position => _position;

    /// <summary>How many bytes are left.</summary>
    public readonly int Remaining => _destination.Length - _position;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteInt8(sbyte value) => Take(1) = (byte)value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteBoolean(bool value) => Take(1) = value ? (byte)1 : (byte)0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteInt16(short value) => Unsafe.WriteUnaligned(ref Take(2), BinaryPrimitives.ReverseEndianness(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteUInt16(ushort value) => Unsafe.WriteUnaligned(ref Take(2), BinaryPrimitives.ReverseEndianness(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteInt32(int value) => Unsafe.WriteUnaligned(ref Take(4), BinaryPrimitives.ReverseEndianness(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteUInt32(uint value) => Unsafe.WriteUnaligned(ref Take(4), BinaryPrimitives.ReverseEndianness(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteInt64(long value) => Unsafe.WriteUnaligned(ref Take(8), BinaryPrimitives.ReverseEndianness(value));

    public void WriteFloat64(double value) => WriteInt64(BitConverter.DoubleToInt64Bits(value));

    /// <summary>Writes a UUID as its 16 bytes, most significant first.</summary>
    public void WriteUuid(Guid value)
    {
        value.TryWriteBytes(_destination.Slice(_position, 16), bigEndian: true, out _);
        _position += 16;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteUnsignedVarint(uint value)
    {
        if (value < 0x80)
        {
            Take(1) = (byte)value;
            return;
        }

        _position += Varint.WriteUnsigned(_destination[_position..], value);
    }

    public void WriteVarint(int value) => WriteUnsignedVarint(Varint.ZigZag(value));

    public void WriteVarlong(long value) => _position += Varint.WriteUnsigned(_destination[_position..], Varint.ZigZag(value));

    /// <summary>Writes bytes as they are, without a length.</summary>
    public void WriteRaw(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_destination[_position..]);
        _position += bytes.Length;
    }

    /// <summary>An int16 length and UTF-8 bytes; null is length -1.</summary>
    public void WriteString(string? value)
    {
        if (value is null)
        {
            WriteInt16(-1);
            return;
        }

        int count = Encoding.UTF8.GetBytes(value, _destination[(_position + 2)..]);
        WriteInt16(checked((short)count));
        _position += count;
    }

    /// <summary>An unsigned varint of length + 1 and UTF-8 bytes; null is 0.</summary>
    public void WriteCompactString(string? value)
    {
        if (value is null)
        {
            WriteUnsignedVarint(0);
            return;
        }

        // Short enough that the length takes one byte however the text encodes: no need to count first.
        if (value.Length <= 42)
        {
            int written = Encoding.UTF8.GetBytes(value, _destination[(_position + 1)..]);
            WriteInt8((sbyte)(written + 1));
            _position += written;
            return;
        }

        int count = Encoding.UTF8.GetByteCount(value);
        WriteUnsignedVarint((uint)count + 1);
        Encoding.UTF8.GetBytes(value, _destination.Slice(_position, count));
        _position += count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteString(string? value, bool compact)
    {
        if (compact)
        {
            WriteCompactString(value);
        }
        else
        {
            WriteString(value);
        }
    }

    /// <summary>An int32 length and the bytes.</summary>
    public void WriteBytes(ReadOnlySpan<byte> value)
    {
        WriteInt32(value.Length);
        WriteRaw(value);
    }

    /// <summary>An unsigned varint of length + 1 and the bytes.</summary>
    public void WriteCompactBytes(ReadOnlySpan<byte> value)
    {
        WriteUnsignedVarint((uint)value.Length + 1);
        WriteRaw(value);
    }

    public void WriteBytes(ReadOnlySpan<byte> value, bool compact)
    {
        if (compact)
        {
            WriteCompactBytes(value);
        }
        else
        {
            WriteBytes(value);
        }
    }

    /// <summary>As <see cref="WriteBytes(ReadOnlySpan{byte}, bool)"/>; null is length -1, or 0 where it is compact.</summary>
    public void WriteNullableBytes(byte[]? value, bool compact)
    {
        if (value is null)
        {
            WriteArrayLength(-1, compact);
        }
        else
        {
            WriteBytes(value, compact);
        }
    }

    public void WriteArrayLength(int count, bool compact)
    {
        if (compact)
        {
            WriteCompactArrayLength(count);
        }
        else
        {
            WriteArrayLength(count);
        }
    }

    /// <summary>The element count of an array; -1 stands for a null array.</summary>
    public void WriteArrayLength(int count) => WriteInt32(count);

    /// <summary>The element count of a compact array, plus one; -1 stands for a null array.</summary>
    public void WriteCompactArrayLength(int count) => WriteUnsignedVarint((uint)(count + 1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref byte Take(int count)
    {
        int position = _position;
        if ((uint)position + (uint)count > (uint)_destination.Length)
        {
            ThrowFull(count);
        }

        _position = position + count;
        return ref Unsafe.Add(ref MemoryMarshal.GetReference(_destination), position);
    }

    private readonly void ThrowFull(int count) => throw new InvalidOperationException(
        $"Writing {count} bytes at offset {_position} runs past the {_destination.Length} bytes that were sized for this message.");
}
