using System.Runtime.CompilerServices;

namespace HighPerf.Kafka.Protocol.Compression.Zstd;

/// <summary>Writes one Huffman stream: the last byte first, so that a decoder which reads backwards gets them in order.</summary>
internal static unsafe class HuffmanEncoder
{
    /// <summary>Returns the end of the stream; up to 8 bytes behind it are written over.</summary>
    public static byte* Write(uint[] codes, byte* source, int count, byte* output)
    {
        fixed (uint* table = codes)
        {
            byte* place = source + count;
            ulong word = 0;
            int bits = 0;

            // Five codes of at most 11 bits and the 7 bits left over make 62.
            while (place - source >= 5)
            {
                place -= 5;
                Append(table[place[4]], ref word, ref bits);
                Append(table[place[3]], ref word, ref bits);
                Append(table[place[2]], ref word, ref bits);
                Append(table[place[1]], ref word, ref bits);
                Append(table[place[0]], ref word, ref bits);
                Unsafe.WriteUnaligned(output, word);
                int bytes = bits >> 3;
                output += bytes;
                word >>= bytes * 8;
                bits &= 7;
            }

            while (place > source)
            {
                Append(table[*--place], ref word, ref bits);
            }

            word |= 1UL << bits;
            Unsafe.WriteUnaligned(output, word);
            return output + (bits >> 3) + 1;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Append(uint code, ref ulong word, ref int bits)
    {
        word |= (ulong)(ushort)code << bits;
        bits += (int)(code >> 16);
    }
}
