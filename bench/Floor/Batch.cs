using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace HighPerf.Kafka.Floor;

/// <summary>One record batch of format 2 that fills up in a fixed array. Layout: 61 bytes of header, then the records.</summary>
internal sealed class Batch(int capacity)
{
    public const int HeaderSize = 61;

    /// <summary>What a record of one key and one value takes at most beside their bytes.</summary>
    public const int RecordOverhead = 32;

    private const long Timestamp = 1_700_000_000_000;

    private readonly byte[] _bytes = new byte[capacity];
    private int _length = HeaderSize;
    private int _count;

    public int Count => _count;

    public bool HasRoomFor(int keyAndValue) => _length + RecordOverhead + keyAndValue <= _bytes.Length;

    /// <summary>Copies a record in: length, attributes, deltas, key, value, no headers.</summary>
    public void Append(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        ref byte start = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_bytes), _length);
        int body = 3 + SizeOf(_count) + SizeOf(key.Length) + key.Length + SizeOf(value.Length) + value.Length;
        ref byte at = ref Write(ref start, body);
        at = 0;
        Unsafe.Add(ref at, 1) = 0;
        at = ref Write(ref Unsafe.Add(ref at, 2), _count);
        at = ref Write(ref at, key.Length);
        key.CopyTo(MemoryMarshal.CreateSpan(ref at, key.Length));
        at = ref Write(ref Unsafe.Add(ref at, key.Length), value.Length);
        value.CopyTo(MemoryMarshal.CreateSpan(ref at, value.Length));
        at = ref Unsafe.Add(ref at, value.Length);
        at = 0;
        _length += (int)Unsafe.ByteOffset(ref start, ref at) + 1;
        _count++;
    }

    /// <summary>Fills in the header and hands out the bytes; the next record begins a new batch.</summary>
    public ArraySegment<byte> Seal(Crc32C crc)
    {
        Span<byte> bytes = _bytes.AsSpan(0, _length);
        Cursor header = new(bytes);
        header.Int64(0);
        header.Int32(_length - 12);
        header.Int32(-1);
        header.Int8(2);
        header.Int32(0);
        header.Int16(0);
        header.Int32(_count - 1);
        header.Int64(Timestamp);
        header.Int64(Timestamp);
        header.Int64(-1);
        header.Int16(-1);
        header.Int32(-1);
        header.Int32(_count);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[17..], crc.Compute(bytes[21..]));
        _length = HeaderSize;
        _count = 0;
        return new ArraySegment<byte>(_bytes, 0, bytes.Length);
    }

    /// <summary>How many bytes a number that is not negative takes, zigzagged.</summary>
    private static int SizeOf(int value) => value < 64 ? 1 : value < 8192 ? 2 : value < 1 << 20 ? 3 : value < 1 << 27 ? 4 : 5;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ref byte Write(ref byte at, int value)
    {
        uint zigzag = (uint)value << 1;
        if (zigzag < 128)
        {
            at = (byte)zigzag;
            return ref Unsafe.Add(ref at, 1);
        }

        if (zigzag < 16384)
        {
            Unsafe.WriteUnaligned(ref at, (ushort)((zigzag & 127) | 128 | (zigzag >> 7 << 8)));
            return ref Unsafe.Add(ref at, 2);
        }

        return ref WriteLong(ref at, zigzag);
    }

    private static ref byte WriteLong(ref byte at, uint zigzag)
    {
        while (zigzag >= 128)
        {
            at = (byte)(zigzag | 128);
            at = ref Unsafe.Add(ref at, 1);
            zigzag >>= 7;
        }

        at = (byte)zigzag;
        return ref Unsafe.Add(ref at, 1);
    }
}
