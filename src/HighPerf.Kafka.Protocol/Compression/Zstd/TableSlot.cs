namespace HighPerf.Kafka.Protocol.Compression.Zstd;

/// <summary>The table that one part of the sequences uses now: the predefined one, or one that a block described and later blocks may repeat.</summary>
internal sealed class TableSlot
{
    private readonly SequencePart _part;
    private readonly int _maxLog;
    private readonly ulong[] _values;
    private readonly SequenceTable _predefined;
    private readonly SequenceTable _described;
    private SequenceTable? _current;

    public TableSlot(SequencePart part, int maxLog, ReadOnlySpan<short> defaults, int defaultLog)
    {
        _part = part;
        _maxLog = maxLog;
        _values = part switch
        {
            SequencePart.LiteralLength => Values(ZstdFormat.LiteralLengthBase, ZstdFormat.LiteralLengthBits),
            SequencePart.MatchLength => Values(ZstdFormat.MatchLengthBase, ZstdFormat.MatchLengthBits),
            _ => OffsetValues(),
        };
        _predefined = new SequenceTable(defaultLog);
        _predefined.Build(defaults, defaultLog, _values);
        _described = new SequenceTable(maxLog);
    }

    public SequenceTable Current => _current ?? _predefined;

    public void Forget() => _current = null;

    /// <summary>Makes the table that the block's mode asks for the current one; returns how many bytes its description took.</summary>
    public int Read(int mode, ReadOnlySpan<byte> source, int offset)
    {
        switch (mode)
        {
            case ZstdFormat.ModePredefined:
                _current = _predefined;
                return 0;
            case ZstdFormat.ModeRle:
                return ReadSingle(source, offset);
            case ZstdFormat.ModeCompressed:
                return ReadDescribed(source, offset);
            default:
                if (_current is null)
                {
                    ZstdError.Corrupt(offset, $"the {_part} table of an earlier block is to be repeated and there is none");
                }

                return 0;
        }
    }

    private int ReadSingle(ReadOnlySpan<byte> source, int offset)
    {
        if (source.IsEmpty)
        {
            ZstdError.Truncated(offset, $"the only symbol of the {_part} table is missing");
        }

        if (source[0] >= _values.Length)
        {
            ZstdError.Corrupt(offset, $"the {_part} code {source[0]} does not exist");
        }

        _described.BuildSingle(_values[source[0]]);
        _current = _described;
        return 1;
    }

    private int ReadDescribed(ReadOnlySpan<byte> source, int offset)
    {
        Span<short> counts = stackalloc short[_values.Length];
        int length = FseDistribution.Read(source, counts, _maxLog, offset, out int log);
        _described.Build(counts, log, _values);
        _current = _described;
        return length;
    }

    private static ulong[] Values(ReadOnlySpan<uint> bases, ReadOnlySpan<byte> bits)
    {
        ulong[] values = new ulong[bases.Length];
        for (int symbol = 0; symbol < values.Length; symbol++)
        {
            values[symbol] = (ulong)bases[symbol] << 32 | bits[symbol];
        }

        return values;
    }

    private static ulong[] OffsetValues()
    {
        ulong[] values = new ulong[ZstdFormat.OffsetMaxCode + 1];
        for (int symbol = 0; symbol < values.Length; symbol++)
        {
            values[symbol] = 1UL << (32 + symbol) | (uint)symbol;
        }

        return values;
    }
}
