using System.Numerics;
using System.Runtime.CompilerServices;

namespace HighPerf.Kafka.Protocol.Compression.Zstd;

/// <summary>
/// Decodes Huffman streams. A stream is read backwards in 64-bit words held with their next bit at the top. The lowest bit of a word is set to 1 when it
/// is loaded: it is never reached (7 + 5 * 11 bits are), and the number of zeros below it tells how many bits were taken, so no counter is kept.
/// <para>
/// A word may be loaded from up to 8 bytes before its stream. That stays inside the input: a frame header, a block header and a literals header stand
/// before the first stream. Bits from there are noticed when the stream must end exactly at its first bit.
/// </para>
/// </summary>
internal static unsafe class HuffmanStreams
{
    private const int SymbolsPerLoad = 5;
    private const int BytesPerLoad = 7;

    /// <summary>Decodes one stream into exactly <paramref name="count"/> bytes. Returns whether it ended exactly.</summary>
    public static bool DecodeOne(HuffmanTable table, byte* start, int length, byte* output, int count)
    {
        if (!TryOpen(start, length, out ulong word, out byte* pointer))
        {
            return false;
        }

        fixed (ushort* cells = table.Cells)
        {
            return Finish(cells, 64 - table.Bits, start, pointer, word, output, output + count);
        }
    }

    /// <summary>Decodes four streams side by side; the first three make <paramref name="part"/> bytes each, the last the rest.</summary>
    public static bool DecodeFour(HuffmanTable table, byte* start, int* lengths, byte* output, int part, int count)
    {
        byte* start2 = start + lengths[0];
        byte* start3 = start2 + lengths[1];
        byte* start4 = start3 + lengths[2];
        if (!TryOpen(start, lengths[0], out ulong word1, out byte* in1) || !TryOpen(start2, lengths[1], out ulong word2, out byte* in2)
            || !TryOpen(start3, lengths[2], out ulong word3, out byte* in3) || !TryOpen(start4, lengths[3], out ulong word4, out byte* in4))
        {
            return false;
        }

        int shift = 64 - table.Bits;
        nint stride = part;
        byte* out1 = output;
        byte* end = output + count;
        fixed (ushort* cells = table.Cells)
        {
            while (true)
            {
                // How often all four can go on without a look at any end: each turn makes 5 symbols and takes at most 7 bytes.
                long turns = (end - (out1 + 3 * stride)) / SymbolsPerLoad;
                turns = Math.Min(turns, (in1 - start) / BytesPerLoad);
                turns = Math.Min(turns, (in2 - start2) / BytesPerLoad);
                turns = Math.Min(turns, (in3 - start3) / BytesPerLoad);
                turns = Math.Min(turns, (in4 - start4) / BytesPerLoad);
                if (turns <= 0)
                {
                    break;
                }

                byte* stop = out1 + turns * SymbolsPerLoad;
                do
                {
                    word1 = Five(cells, shift, word1, out1);
                    word2 = Five(cells, shift, word2, out1 + stride);
                    word3 = Five(cells, shift, word3, out1 + 2 * stride);
                    word4 = Five(cells, shift, word4, out1 + 3 * stride);
                    word1 = Reload(word1, ref in1);
                    word2 = Reload(word2, ref in2);
                    word3 = Reload(word3, ref in3);
                    word4 = Reload(word4, ref in4);
                    out1 += SymbolsPerLoad;
                }
                while (out1 < stop);
            }

            return Finish(cells, shift, start, in1, word1, out1, output + stride)
                && Finish(cells, shift, start2, in2, word2, out1 + stride, output + 2 * stride)
                && Finish(cells, shift, start3, in3, word3, out1 + 2 * stride, output + 3 * stride)
                && Finish(cells, shift, start4, in4, word4, out1 + 3 * stride, end);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Five(ushort* cells, int shift, ulong word, byte* output)
    {
        uint cell = cells[word >> shift];
        word <<= (int)cell;
        output[0] = (byte)(cell >> 8);
        cell = cells[word >> shift];
        word <<= (int)cell;
        output[1] = (byte)(cell >> 8);
        cell = cells[word >> shift];
        word <<= (int)cell;
        output[2] = (byte)(cell >> 8);
        cell = cells[word >> shift];
        word <<= (int)cell;
        output[3] = (byte)(cell >> 8);
        cell = cells[word >> shift];
        word <<= (int)cell;
        output[4] = (byte)(cell >> 8);
        return word;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Reload(ulong word, ref byte* pointer)
    {
        int taken = BitOperations.TrailingZeroCount(word);
        pointer -= taken >> 3;
        return (Unsafe.ReadUnaligned<ulong>(pointer) | 1) << (taken & 7);
    }

    /// <summary>The rest of one stream, one symbol after the other, never loading from more than 8 bytes before it.</summary>
    private static bool Finish(ushort* cells, int shift, byte* start, byte* pointer, ulong word, byte* output, byte* end)
    {
        while (end - output >= SymbolsPerLoad)
        {
            word = Five(cells, shift, word, output);
            output += SymbolsPerLoad;
            int taken = BitOperations.TrailingZeroCount(word);
            if (pointer - (taken >> 3) < start - 8)
            {
                return false;
            }

            word = Reload(word, ref pointer);
        }

        while (output < end)
        {
            uint cell = cells[word >> shift];
            word <<= (int)cell;
            *output++ = (byte)(cell >> 8);
        }

        return (pointer - start) * 8 + 64 == BitOperations.TrailingZeroCount(word);
    }

    private static bool TryOpen(byte* start, int length, out ulong word, out byte* pointer)
    {
        pointer = start + length - 8;
        word = 0;
        if (length <= 0 || start[length - 1] == 0)
        {
            return false;
        }

        // The mark, and the zeros above it, are no data.
        int mark = BitOperations.LeadingZeroCount((uint)start[length - 1]) - 23;
        word = (Unsafe.ReadUnaligned<ulong>(pointer) | 1) << mark;
        return true;
    }
}
