using System.Numerics;

namespace HighPerf.Kafka.Protocol.Compression.Zstd;

/// <summary>Lays symbols out over the cells of an FSE table, the same way for whoever encodes and whoever decodes (RFC 8878, 4.1.1).</summary>
internal static class FseSpread
{
    /// <summary>Writes the symbol of each of the 2^<paramref name="log"/> cells. The counts must add up to that many, -1 counting as 1.</summary>
    public static void Fill(ReadOnlySpan<short> counts, int log, Span<byte> cells)
    {
        int size = 1 << log;
        int high = size - 1;
        for (int symbol = 0; symbol < counts.Length; symbol++)
        {
            if (counts[symbol] == -1)
            {
                cells[high--] = (byte)symbol;
            }
        }

        int step = (size >> 1) + (size >> 3) + 3;
        int mask = size - 1;
        int position = 0;
        for (int symbol = 0; symbol < counts.Length; symbol++)
        {
            for (int i = 0; i < counts[symbol]; i++)
            {
                cells[position] = (byte)symbol;
                do
                {
                    position = (position + step) & mask;
                }
                while (position > high);
            }
        }
    }

    /// <summary>The position of the highest set bit; the value must not be 0.</summary>
    public static int HighBit(uint value) => 31 - BitOperations.LeadingZeroCount(value);
}
