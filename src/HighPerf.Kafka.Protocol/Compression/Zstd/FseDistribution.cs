using System.Buffers.Binary;

namespace HighPerf.Kafka.Protocol.Compression.Zstd;

/// <summary>
/// Reads the probabilities that stand before FSE-coded data (RFC 8878, 4.1.1). Bits are taken from the low end of each byte, forwards.
/// A probability of -1 means "less than one" and takes one cell of the table.
/// </summary>
internal static class FseDistribution
{
    /// <summary>Fills <paramref name="counts"/> for every symbol up to its length; returns how many bytes the description took.</summary>
    /// <param name="offset">Where <paramref name="source"/> starts in the whole input, for messages.</param>
    public static int Read(ReadOnlySpan<byte> source, Span<short> counts, int maxLog, int offset, out int log)
    {
        log = (int)(Peek(source, 0) & 15) + 5;
        if (log > maxLog)
        {
            ZstdError.Corrupt(offset, $"an FSE table has accuracy {log}; at most {maxLog} is allowed here");
        }

        counts.Clear();
        int position = 4;
        int remaining = (1 << log) + 1;
        int threshold = 1 << log;
        int bits = log + 1;
        int symbol = 0;
        while (remaining > 1)
        {
            if (symbol >= counts.Length)
            {
                ZstdError.Corrupt(offset, $"an FSE table describes more than {counts.Length} symbols");
            }

            int count = ReadCount(Peek(source, position), remaining, threshold, bits, out int used);
            position += used;
            remaining -= Math.Abs(count);
            counts[symbol++] = (short)count;
            if (count == 0)
            {
                symbol += ReadZeroRun(source, ref position);
            }

            while (remaining < threshold)
            {
                bits--;
                threshold >>= 1;
            }
        }

        int length = (position + 7) >> 3;
        if (length > source.Length)
        {
            ZstdError.Truncated(offset, "the description of an FSE table runs past its end");
        }

        return length;
    }

    /// <summary>A count takes one bit less when it is small enough that the shorter form is not ambiguous.</summary>
    private static int ReadCount(uint next, int remaining, int threshold, int bits, out int used)
    {
        int spare = 2 * threshold - 1 - remaining;
        int small = (int)next & (threshold - 1);
        if (small < spare)
        {
            used = bits - 1;
            return small - 1;
        }

        used = bits;
        int value = (int)next & (2 * threshold - 1);
        return (value >= threshold ? value - spare : value) - 1;
    }

    /// <summary>After a zero come two-bit counts of further zeros, as long as they are 3. It ends past the end at the latest: zeros are read there.</summary>
    private static int ReadZeroRun(ReadOnlySpan<byte> source, ref int position)
    {
        int run = 0;
        while (true)
        {
            int more = (int)(Peek(source, position) & 3);
            position += 2;
            run += more;
            if (more != 3)
            {
                return run;
            }
        }
    }

    /// <summary>At least 25 bits from the bit <paramref name="position"/> on; past the end they are zero.</summary>
    private static uint Peek(ReadOnlySpan<byte> source, int position)
    {
        int start = position >> 3;
        if (start + 4 <= source.Length)
        {
            return BinaryPrimitives.ReadUInt32LittleEndian(source[start..]) >> (position & 7);
        }

        uint value = 0;
        for (int i = start; i < source.Length; i++)
        {
            value |= (uint)source[i] << (8 * (i - start));
        }

        return value >> (position & 7);
    }
}
