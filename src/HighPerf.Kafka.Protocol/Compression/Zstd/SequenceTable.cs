namespace HighPerf.Kafka.Protocol.Compression.Zstd;

/// <summary>
/// The FSE decoding table of one of the three parts of a sequence. A cell is packed into 64 bits so that one load brings all of it:
/// <code>
/// bits  0- 7  extra bits of the value
/// bits  8-15  bits that make the next state
/// bits 16-31  base of the next state
/// bits 32-63  base of the value
/// </code>
/// Whatever the input, a state stays below 2^Log: the cells are built from counts that add up to the table's size.
/// </summary>
internal sealed class SequenceTable
{
    private readonly ulong[] _cells;

    public SequenceTable(int maxLog) => _cells = new ulong[1 << maxLog];

    public ulong[] Cells => _cells;

    public int Log { get; private set; }

    /// <param name="values">The value's half of a cell, for every symbol.</param>
    public void Build(ReadOnlySpan<short> counts, int log, ReadOnlySpan<ulong> values)
    {
        Span<byte> symbols = stackalloc byte[1 << log];
        Span<ushort> next = stackalloc ushort[counts.Length];
        FseSpread.Fill(counts, log, symbols);
        for (int symbol = 0; symbol < counts.Length; symbol++)
        {
            next[symbol] = (ushort)(counts[symbol] == -1 ? 1 : counts[symbol]);
        }

        for (int cell = 0; cell < symbols.Length; cell++)
        {
            int symbol = symbols[cell];
            uint state = next[symbol]++;
            int bits = log - FseSpread.HighBit(state);
            uint baseState = (state << bits) - (1u << log);
            _cells[cell] = values[symbol] | (ulong)bits << 8 | (ulong)baseState << 16;
        }

        Log = log;
    }

    /// <summary>A table with one cell, which says the same symbol for ever and takes no bits to do so.</summary>
    public void BuildSingle(ulong value)
    {
        _cells[0] = value;
        Log = 0;
    }
}
