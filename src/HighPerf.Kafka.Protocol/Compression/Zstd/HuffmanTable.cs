namespace HighPerf.Kafka.Protocol.Compression.Zstd;

/// <summary>
/// The decoding table of literals: indexed by the next <see cref="Bits"/> bits, each cell is symbol in the high byte and code length in the low byte.
/// It has always room for the longest codes, so an index of up to 11 bits stays inside.
/// </summary>
internal sealed class HuffmanTable
{
    private readonly ushort[] _cells = new ushort[1 << ZstdFormat.MaxHuffmanBits];

    public ushort[] Cells => _cells;

    /// <summary>The length of the longest code.</summary>
    public int Bits { get; private set; }

    /// <summary>Whether this frame has described a tree yet.</summary>
    public bool IsSet { get; private set; }

    public void Forget() => IsSet = false;

    /// <summary>Reads a tree description and returns its length.</summary>
    public int Read(ReadOnlySpan<byte> source, int offset)
    {
        Span<byte> weights = stackalloc byte[HuffmanWeights.MaxSymbols];
        int length = HuffmanWeights.Read(source, weights, offset, out int symbols, out int maxBits);

        // Cells are handed out from the longest codes to the shortest, and within one length in the order of the symbols.
        Span<int> starts = stackalloc int[ZstdFormat.MaxHuffmanBits + 2];
        starts.Clear();
        for (int symbol = 0; symbol < symbols; symbol++)
        {
            starts[weights[symbol]] += (1 << weights[symbol]) >> 1;
        }

        int start = 0;
        for (int weight = 1; weight <= maxBits; weight++)
        {
            int width = starts[weight];
            starts[weight] = start;
            start += width;
        }

        for (int symbol = 0; symbol < symbols; symbol++)
        {
            int weight = weights[symbol];
            if (weight > 0)
            {
                int width = 1 << (weight - 1);
                _cells.AsSpan(starts[weight], width).Fill((ushort)(symbol << 8 | (maxBits + 1 - weight)));
                starts[weight] += width;
            }
        }

        Bits = maxBits;
        IsSet = true;
        return length;
    }
}
