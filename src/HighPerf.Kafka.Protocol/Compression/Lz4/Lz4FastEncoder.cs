using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace HighPerf.Kafka.Protocol.Compression.Lz4;

/// <summary>
/// Encodes one block of at most 64 KiB in one pass: a hash table from five bytes to the last position that had them, the first
/// candidate that matches is taken, and the steps grow while nothing is found. Positions fit a ushort, so the table is 16 KiB and stays in the first cache.
/// </summary>
internal static unsafe class Lz4FastEncoder
{
    public const int TableLength = 1 << TableBits;
    private const int TableBits = 13;

    // After 64 positions without a match the step becomes 2, after 128 it becomes 3, and so on: random data passes quickly.
    private const int SkipTrigger = 6;

    /// <param name="source">At most <see cref="Lz4Format.BlockSize"/> bytes.</param>
    /// <param name="destination">At least <see cref="Lz4Format.CompressedBound"/> bytes.</param>
    /// <param name="table">Scratch of <see cref="TableLength"/> entries; its content does not matter.</param>
    /// <returns>The length of the block.</returns>
    public static int Encode(ReadOnlySpan<byte> source, Span<byte> destination, ushort[] table)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(source.Length, Lz4Format.BlockSize);
        ArgumentOutOfRangeException.ThrowIfLessThan(destination.Length, Lz4Format.CompressedBound(source.Length));
        ArgumentOutOfRangeException.ThrowIfLessThan(table.Length, TableLength);
        fixed (byte* input = source, output = destination)
        {
            byte* anchor = input;
            byte* to = output;
            if (source.Length > Lz4Format.NoMatchWithin)
            {
                table.AsSpan(0, TableLength).Clear();
                fixed (ushort* positions = table)
                {
                    to = Matches(input, input + source.Length, to, positions, out anchor);
                }
            }

            return (int)(Lz4Sequence.WriteLast(to, anchor, (int)(input + source.Length - anchor)) - output);
        }
    }

    /// <summary>Writes all sequences that have a match; <paramref name="anchor"/> is where the last literals begin.</summary>
    private static byte* Matches(byte* input, byte* inputEnd, byte* to, ushort* table, out byte* anchor)
    {
        byte* searchEnd = inputEnd - Lz4Format.NoMatchWithin;
        byte* matchEnd = inputEnd - Lz4Format.LastLiterals;
        byte* unwritten = input;
        byte* at = input + 1;
        while (true)
        {
            byte* candidate;
            int skip = 1 << SkipTrigger;
            byte* next = at;
            ulong bytes = Unsafe.ReadUnaligned<ulong>(at);
            do
            {
                at = next;
                next += skip++ >> SkipTrigger;
                if (next > searchEnd)
                {
                    anchor = unwritten;
                    return to;
                }

                uint slot = Hash(bytes);
                candidate = input + table[slot];
                table[slot] = (ushort)(at - input);
                bytes = Unsafe.ReadUnaligned<ulong>(next);
            }
            while (Unsafe.ReadUnaligned<uint>(candidate) != Unsafe.ReadUnaligned<uint>(at));

            while (at > unwritten && candidate > input && at[-1] == candidate[-1])
            {
                at--;
                candidate--;
            }

            while (true)
            {
                int length = Lz4Format.ShortestMatch + WildCopy.CommonLength(at + 4, candidate + 4, matchEnd);
                to = Lz4Sequence.Write(to, unwritten, (int)(at - unwritten), (int)(at - candidate), length);
                at += length;
                unwritten = at;
                if (at >= searchEnd)
                {
                    anchor = unwritten;
                    return to;
                }

                table[Hash(Unsafe.ReadUnaligned<ulong>(at - 2))] = (ushort)(at - 2 - input);
                uint slot = Hash(Unsafe.ReadUnaligned<ulong>(at));
                candidate = input + table[slot];
                table[slot] = (ushort)(at - input);
                if (Unsafe.ReadUnaligned<uint>(candidate) != Unsafe.ReadUnaligned<uint>(at))
                {
                    break;
                }
            }

            at++;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Hash(ulong bytes)
    {
        // The shift drops all but the first five bytes; the odd multiplier spreads them over the high bits.
        ulong first = BitConverter.IsLittleEndian ? bytes << 24 : bytes & 0xFFFFFFFFFF000000;
        return (uint)((first * 0x9E3779B185EBCA87) >> (64 - TableBits));
    }
}
