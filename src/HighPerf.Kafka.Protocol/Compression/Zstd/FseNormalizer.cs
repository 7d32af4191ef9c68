namespace HighPerf.Kafka.Protocol.Compression.Zstd;

/// <summary>Scales counts so that they add up to a table's size and every symbol that occurs keeps at least one cell.</summary>
internal static class FseNormalizer
{
    private const int SmallestLog = 5;

    /// <summary>A table much finer than the data it is made from costs more to describe than it saves.</summary>
    public static int ChooseLog(int maxLog, int total, int symbols)
    {
        int fromData = FseSpread.HighBit((uint)Math.Max(total - 1, 1)) - 2;
        int needed = Math.Min(FseSpread.HighBit((uint)total) + 1, FseSpread.HighBit((uint)symbols) + 2);
        return Math.Max(Math.Min(Math.Max(Math.Min(maxLog, fromData), needed), maxLog), SmallestLog);
    }

    /// <param name="counts">How often each symbol occurs; at least two do, and no more than the table has cells.</param>
    public static void Normalize(ReadOnlySpan<uint> counts, int total, int log, Span<short> normalized)
    {
        int size = 1 << log;
        int left = size;
        int largest = 0;
        for (int symbol = 0; symbol < counts.Length; symbol++)
        {
            if (counts[symbol] == 0)
            {
                normalized[symbol] = 0;
                continue;
            }

            int share = (int)(((ulong)counts[symbol] * (uint)size * 2 + (uint)total) / ((uint)total * 2UL));
            share = Math.Max(share, 1);
            normalized[symbol] = (short)share;
            left -= share;
            if (counts[symbol] > counts[largest])
            {
                largest = symbol;
            }
        }

        // Rounding up rare symbols takes from the frequent ones, which hardly notice: the largest first, then whoever can spare.
        if (left >= 0 || normalized[largest] + left >= (normalized[largest] + 1) / 2)
        {
            normalized[largest] += (short)left;
            return;
        }

        while (left < 0)
        {
            int widest = 0;
            for (int symbol = 1; symbol < counts.Length; symbol++)
            {
                widest = normalized[symbol] > normalized[widest] ? symbol : widest;
            }

            normalized[widest]--;
            left++;
        }
    }
}
