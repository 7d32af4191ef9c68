using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace HighPerf.Kafka.Protocol.Compression.Snappy;

/// <summary>
/// Encodes one raw snappy block of at most 64 KiB in one pass: a hash table from four bytes to the last position that had them, the first
/// candidate that matches is taken, and the steps grow while nothing is found.
/// </summary>
internal static unsafe class SnappyBlockEncoder
{
    public const int LargestBlock = 64 * 1024;
    public const int TableLength = 1 << MaxTableBits;
    private const int MaxTableBits = 14;
    private const int MinTableBits = 8;

    // Every 32 bytes passed without a match make the step one byte longer, so that random data passes quickly.
    private const int SkipTrigger = 5;

    // No match begins within the last 16 bytes, so that literals can be copied 16 at a time without reading past the block.
    private const int NoMatchWithin = 16;
    private const int ShortestMatch = 4;
    private const int LongestCopy = 64;

    /// <summary>The most bytes that a block of this length can become, with the room that wild copies need.</summary>
    public static int CompressedBound(int length) => 32 + length + (length / 6) + WildCopy.Slack;

    /// <param name="source">At most <see cref="LargestBlock"/> bytes.</param>
    /// <param name="destination">At least <see cref="CompressedBound"/> bytes.</param>
    /// <param name="table">Scratch of <see cref="TableLength"/> entries; its content does not matter.</param>
    /// <returns>The length of the block.</returns>
    public static int Encode(ReadOnlySpan<byte> source, Span<byte> destination, ushort[] table)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(source.Length, LargestBlock);
        ArgumentOutOfRangeException.ThrowIfLessThan(destination.Length, CompressedBound(source.Length));
        ArgumentOutOfRangeException.ThrowIfLessThan(table.Length, TableLength);
        fixed (byte* input = source, output = destination)
        {
            byte* to = WriteVarint(output, (uint)source.Length);
            byte* anchor = input;
            if (source.Length > NoMatchWithin)
            {
                int bits = Math.Clamp(BitOperations.Log2((uint)source.Length - 1) + 1, MinTableBits, MaxTableBits);
                table.AsSpan(0, 1 << bits).Clear();
                fixed (ushort* positions = table)
                {
                    to = Matches(input, input + source.Length, to, positions, 32 - bits, out anchor);
                }
            }

            int rest = (int)(input + source.Length - anchor);
            if (rest > 0)
            {
                to = WriteLiteralHead(to, rest);
                Buffer.MemoryCopy(anchor, to, rest, rest);
                to += rest;
            }

            return (int)(to - output);
        }
    }

    /// <summary>Writes all copies and the literals before them; <paramref name="anchor"/> is where the last literals begin.</summary>
    private static byte* Matches(byte* input, byte* inputEnd, byte* to, ushort* table, int shift, out byte* anchor)
    {
        byte* searchEnd = inputEnd - NoMatchWithin;
        byte* unwritten = input;
        byte* at = input + 1;
        while (true)
        {
            byte* candidate;
            int skip = 1 << SkipTrigger;
            byte* next = at;
            uint bytes = Unsafe.ReadUnaligned<uint>(at);
            do
            {
                at = next;
                int step = skip >> SkipTrigger;
                next += step;
                skip += step;
                if (next > searchEnd)
                {
                    anchor = unwritten;
                    return to;
                }

                uint slot = Hash(bytes, shift);
                candidate = input + table[slot];
                table[slot] = (ushort)(at - input);
                bytes = Unsafe.ReadUnaligned<uint>(next);
            }
            while (Unsafe.ReadUnaligned<uint>(candidate) != Unsafe.ReadUnaligned<uint>(at));

            while (at > unwritten && candidate > input && at[-1] == candidate[-1])
            {
                at--;
                candidate--;
            }

            if (at > unwritten)
            {
                to = WriteLiterals(to, unwritten, (int)(at - unwritten));
            }

            while (true)
            {
                int length = ShortestMatch + WildCopy.CommonLength(at + 4, candidate + 4, inputEnd);
                to = WriteCopy(to, (int)(at - candidate), length);
                at += length;
                unwritten = at;
                if (at >= searchEnd)
                {
                    anchor = unwritten;
                    return to;
                }

                uint now = Unsafe.ReadUnaligned<uint>(at);
                table[Hash(Unsafe.ReadUnaligned<uint>(at - 1), shift)] = (ushort)(at - 1 - input);
                uint slot = Hash(now, shift);
                candidate = input + table[slot];
                table[slot] = (ushort)(at - input);
                if (Unsafe.ReadUnaligned<uint>(candidate) != now)
                {
                    break;
                }
            }

            at++;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Hash(uint bytes, int shift) => (bytes * 0x9E3779B1) >> shift;

    /// <summary>Writes literals. May read 15 bytes behind them and overwrite 15 behind the output.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* WriteLiterals(byte* to, byte* literals, int count)
    {
        if (count <= 16)
        {
            *to++ = (byte)((count - 1) << 2);
            Vector128.Load(literals).Store(to);
            return to + count;
        }

        to = WriteLiteralHead(to, count);
        byte* end = to + count;
        do
        {
            Vector128.Load(literals).Store(to);
            literals += 16;
            to += 16;
        }
        while (to < end);

        return end;
    }

    private static byte* WriteLiteralHead(byte* to, int count)
    {
        int length = count - 1;
        if (length < 60)
        {
            *to++ = (byte)(length << 2);
        }
        else if (length < 256)
        {
            *to++ = 60 << 2;
            *to++ = (byte)length;
        }
        else
        {
            *to++ = 61 << 2;
            *to++ = (byte)length;
            *to++ = (byte)(length >> 8);
        }

        return to;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* WriteCopy(byte* to, int distance, int length)
    {
        if (length < 12 && distance < 2048)
        {
            to[0] = (byte)(1 | ((length - 4) << 2) | ((distance >> 8) << 5));
            to[1] = (byte)distance;
            return to + 2;
        }

        return length <= LongestCopy ? WriteCopy2(to, distance, length) : WriteLongCopy(to, distance, length);
    }

    /// <summary>Splits a copy so that what remains at the end is never shorter than a copy of one distance byte can be.</summary>
    private static byte* WriteLongCopy(byte* to, int distance, int length)
    {
        while (length >= LongestCopy + ShortestMatch)
        {
            to = WriteCopy2(to, distance, LongestCopy);
            length -= LongestCopy;
        }

        if (length > LongestCopy)
        {
            to = WriteCopy2(to, distance, LongestCopy - ShortestMatch);
            length -= LongestCopy - ShortestMatch;
        }

        return WriteCopy(to, distance, length);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* WriteCopy2(byte* to, int distance, int length)
    {
        to[0] = (byte)(2 | ((length - 1) << 2));
        ushort wire = BitConverter.IsLittleEndian ? (ushort)distance : BinaryPrimitives.ReverseEndianness((ushort)distance);
        Unsafe.WriteUnaligned(to + 1, wire);
        return to + 3;
    }

    private static byte* WriteVarint(byte* to, uint value)
    {
        while (value >= 0x80)
        {
            *to++ = (byte)(value | 0x80);
            value >>= 7;
        }

        *to++ = (byte)value;
        return to;
    }
}
