using System.Numerics;
using System.Runtime.CompilerServices;

namespace HighPerf.Kafka.Protocol.Buffers;

/// <summary>
/// Variable-length integers: seven bits a byte, least significant first; signed ones are zigzagged. 32-bit ones take 1 to 5 bytes, 64-bit ones 1 to 10.
/// </summary>
internal static class Varint
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint ZigZag(int value) => (uint)((value << 1) ^ (value >> 31));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong ZigZag(long value) => (ulong)((value << 1) ^ (value >> 63));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int UnZigZag(uint value) => (int)(value >> 1) ^ -(int)(value & 1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long UnZigZag(ulong value) => (long)(value >> 1) ^ -(long)(value & 1);

    /// <summary>
    /// How many bytes the unsigned form takes. Multiply and shift instead of a division by seven: (log2 * 9 + 73) / 64 is exact for log2 from 0 to 63.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int SizeOfUnsigned(uint value) => ((31 - BitOperations.LeadingZeroCount(value | 1)) * 9 + 73) >> 6;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int SizeOfUnsigned(ulong value) => ((63 - BitOperations.LeadingZeroCount(value | 1)) * 9 + 73) >> 6;

    public static int SizeOf(int value) => SizeOfUnsigned(ZigZag(value));

    public static int SizeOf(long value) => SizeOfUnsigned(ZigZag(value));

    public static int WriteUnsigned(Span<byte> destination, uint value) => WriteUnsigned(destination, (ulong)value);

    /// <summary>Writes and returns the number of bytes.</summary>
    public static int WriteUnsigned(Span<byte> destination, ulong value)
    {
        int length = 0;
        while (value >= 0x80)
        {
            destination[length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        destination[length++] = (byte)value;
        return length;
    }

    /// <summary>Writes where the caller has made sure of ten free bytes or of exactly as many as the value takes. Returns the number of bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int WriteUnchecked(ref byte destination, ulong value)
    {
        if (value < 0x80)
        {
            destination = (byte)value;
            return 1;
        }

        if (value < 0x4000)
        {
            destination = (byte)(value | 0x80);
            Unsafe.Add(ref destination, 1) = (byte)(value >> 7);
            return 2;
        }

        return WriteUncheckedSlow(ref destination, value);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int WriteUncheckedSlow(ref byte destination, ulong value)
    {
        int length = 0;
        for (; value >= 0x80; value >>= 7)
        {
            Unsafe.Add(ref destination, length++) = (byte)(value | 0x80);
        }

        Unsafe.Add(ref destination, length++) = (byte)value;
        return length;
    }

    /// <summary>Reads a 32-bit one. Returns the number of bytes, 0 when the span ends first, -1 when it does not end within five bytes.</summary>
    public static int TryReadUnsigned(ReadOnlySpan<byte> source, out uint value)
    {
        value = 0;
        for (int i = 0; i < 5; i++)
        {
            if (i >= source.Length)
            {
                return 0;
            }

            byte b = source[i];
            value |= (uint)(b & 0x7f) << (7 * i);
            if (b < 0x80)
            {
                return i + 1;
            }
        }

        return -1;
    }

    /// <summary>Reads a 64-bit one. Returns the number of bytes, 0 when the span ends first, -1 when it does not end within ten bytes.</summary>
    public static int TryReadUnsigned(ReadOnlySpan<byte> source, out ulong value)
    {
        value = 0;
        for (int i = 0; i < 10; i++)
        {
            if (i >= source.Length)
            {
                return 0;
            }

            byte b = source[i];
            value |= (ulong)(b & 0x7f) << (7 * i);
            if (b < 0x80)
            {
                return i + 1;
            }
        }

        return -1;
    }
}
