namespace HighPerf.Kafka.Protocol.Compression.Zstd;

/// <summary>
/// Reads the weights of a Huffman tree (RFC 8878, 4.2.1): directly, four bits each, or FSE-coded with two interleaved states.
/// The last weight is not written: it is what completes the tree.
/// </summary>
internal static class HuffmanWeights
{
    /// <summary>The most symbols a tree has.</summary>
    public const int MaxSymbols = 256;

    private const int MaxWeight = ZstdFormat.MaxHuffmanBits + 1;

    /// <summary>Fills <paramref name="weights"/> (256 places) and returns how many bytes the description took.</summary>
    public static int Read(ReadOnlySpan<byte> source, Span<byte> weights, int offset, out int symbols, out int maxBits)
    {
        if (source.IsEmpty)
        {
            ZstdError.Truncated(offset, "the Huffman tree is missing");
        }

        int header = source[0];
        int length = header < 128 ? header : (header - 127 + 1) / 2;
        if (length > source.Length - 1)
        {
            ZstdError.Truncated(offset, $"the Huffman tree takes {length} bytes and {source.Length - 1} are left");
        }

        ReadOnlySpan<byte> body = source.Slice(1, length);
        int written = header < 128 ? ReadCompressed(body, weights, offset + 1) : ReadDirect(body, weights, header - 127);
        maxBits = Complete(weights, written, offset);
        symbols = written + 1;
        return 1 + length;
    }

    private static int ReadDirect(ReadOnlySpan<byte> body, Span<byte> weights, int count)
    {
        for (int i = 0; i < count; i++)
        {
            weights[i] = (byte)((i & 1) == 0 ? body[i >> 1] >> 4 : body[i >> 1] & 15);
        }

        return count;
    }

    private static int ReadCompressed(ReadOnlySpan<byte> body, Span<byte> weights, int offset)
    {
        Span<short> counts = stackalloc short[MaxWeight + 1];
        int described = FseDistribution.Read(body, counts, ZstdFormat.MaxWeightsLog, offset, out int log);
        Span<WeightCell> cells = stackalloc WeightCell[1 << log];
        BuildCells(counts, log, cells);
        BackwardBits bits = new(body[described..], offset + described);
        uint first = bits.Take(log);
        uint second = bits.Take(log);
        if (bits.Remaining < 0)
        {
            ZstdError.Truncated(offset, "the weights of a Huffman tree end within their first state");
        }

        // The states take turns. Whoever would need more bits than are left ends the list, after the other has said its last weight.
        int count = 0;
        while (count < MaxSymbols - 2)
        {
            WeightCell cell = cells[(int)first];
            weights[count++] = cell.Weight;
            if (bits.Remaining < cell.Bits)
            {
                weights[count++] = cells[(int)second].Weight;
                return count;
            }

            first = second;
            second = cell.Base + bits.Take(cell.Bits);
        }

        ZstdError.Corrupt(offset, "a Huffman tree describes more than 256 symbols");
        return 0;
    }

    private static void BuildCells(ReadOnlySpan<short> counts, int log, Span<WeightCell> cells)
    {
        Span<byte> symbols = stackalloc byte[1 << log];
        Span<ushort> next = stackalloc ushort[counts.Length];
        FseSpread.Fill(counts, log, symbols);
        for (int symbol = 0; symbol < counts.Length; symbol++)
        {
            next[symbol] = (ushort)Math.Abs(counts[symbol]);
        }

        for (int cell = 0; cell < symbols.Length; cell++)
        {
            uint state = next[symbols[cell]]++;
            int bits = log - FseSpread.HighBit(state);
            cells[cell] = new WeightCell(symbols[cell], (byte)bits, (ushort)((state << bits) - (1u << log)));
        }
    }

    /// <summary>Adds the last weight and returns the longest code's length.</summary>
    private static int Complete(Span<byte> weights, int written, int offset)
    {
        uint sum = 0;
        for (int i = 0; i < written; i++)
        {
            if (weights[i] > MaxWeight)
            {
                ZstdError.Corrupt(offset, $"a Huffman weight is {weights[i]}");
            }

            sum += (1u << weights[i]) >> 1;
        }

        int maxBits = sum == 0 ? 0 : FseSpread.HighBit(sum) + 1;
        if (maxBits is 0 or > ZstdFormat.MaxHuffmanBits)
        {
            ZstdError.Corrupt(offset, $"a Huffman tree has codes of {maxBits} bits");
        }

        uint rest = (1u << maxBits) - sum;
        if ((rest & (rest - 1)) != 0)
        {
            ZstdError.Corrupt(offset, "the weights of a Huffman tree do not make a full tree");
        }

        weights[written] = (byte)(FseSpread.HighBit(rest) + 1);
        return maxBits;
    }

    private readonly record struct WeightCell(byte Weight, byte Bits, ushort Base);
}
