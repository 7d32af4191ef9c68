using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace HighPerf.Kafka.Protocol.Compression.Lz4;

/// <summary>
/// Writes lz4 sequences (see <see cref="Lz4BlockDecoder"/>). The caller has made sure that the destination is as large as the format can need.
/// </summary>
internal static unsafe class Lz4Sequence
{
    /// <summary>Writes literals and the match behind them. May read 15 bytes behind the literals and overwrite 15 behind the output.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Write(byte* to, byte* literals, int literalCount, int distance, int matchLength)
    {
        byte* token = to++;
        int tokenValue;
        if (literalCount < 15)
        {
            tokenValue = literalCount << 4;
            Vector128.Load(literals).Store(to);
            to += literalCount;
        }
        else
        {
            tokenValue = 15 << 4;
            to = WriteLength(to, literalCount - 15);
            byte* end = to + literalCount;
            do
            {
                Vector128.Load(literals).Store(to);
                literals += 16;
                to += 16;
            }
            while (to < end);

            to = end;
        }

        ushort wire = BitConverter.IsLittleEndian ? (ushort)distance : BinaryPrimitives.ReverseEndianness((ushort)distance);
        Unsafe.WriteUnaligned(to, wire);
        to += 2;
        int more = matchLength - Lz4Format.ShortestMatch;
        if (more < 15)
        {
            *token = (byte)(tokenValue | more);
            return to;
        }

        *token = (byte)(tokenValue | 15);
        return WriteLength(to, more - 15);
    }

    /// <summary>Writes the literals that end a block.</summary>
    public static byte* WriteLast(byte* to, byte* literals, int count)
    {
        if (count < 15)
        {
            *to++ = (byte)(count << 4);
        }
        else
        {
            *to++ = 15 << 4;
            to = WriteLength(to, count - 15);
        }

        Buffer.MemoryCopy(literals, to, count, count);
        return to + count;
    }

    private static byte* WriteLength(byte* to, int length)
    {
        while (length >= 255)
        {
            *to++ = 255;
            length -= 255;
        }

        *to++ = (byte)length;
        return to;
    }
}
