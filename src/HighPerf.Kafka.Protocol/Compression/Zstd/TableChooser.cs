namespace HighPerf.Kafka.Protocol.Compression.Zstd;

/// <summary>
/// Chooses, for one part of the sequences of a block, the table that makes it shortest, description included: predefined, that of the block before,
/// a single symbol, or a new one. Owned by one encoder.
/// </summary>
internal sealed class TableChooser
{
    /// <summary>No description of a table is longer.</summary>
    public const int MaxDescription = 128;

    /// <summary>Fractions of a bit that costs are counted in.</summary>
    private const int CostShift = 8;

    // Logarithms of 0 to 512, in those fractions.
    private readonly ushort[] _logarithms = new ushort[(1 << ZstdFormat.LiteralLengthMaxLog) + 1];
    private readonly uint[] _counts;
    private readonly short[] _normalized;
    private readonly byte[] _description = new byte[MaxDescription];
    private readonly int _maxLog;
    private readonly FseEncodeTable _predefined;
    private FseEncodeTable _previous;
    private FseEncodeTable _fresh;
    private bool _hasPrevious;
    private bool _pendingFresh;
    private bool _pendingPredefined;

    public TableChooser(int maxCode, int maxLog, ReadOnlySpan<short> defaults, int defaultLog)
    {
        for (int i = 1; i < _logarithms.Length; i++)
        {
            _logarithms[i] = (ushort)Math.Round(Math.Log2(i) * (1 << CostShift));
        }

        _counts = new uint[maxCode + 1];
        _normalized = new short[maxCode + 1];
        _maxLog = maxLog;
        _predefined = new FseEncodeTable(defaultLog, maxCode + 1);
        _predefined.Build(defaults, defaultLog);
        _previous = new FseEncodeTable(maxLog, maxCode + 1);
        _fresh = new FseEncodeTable(maxLog, maxCode + 1);
        Table = _predefined;
    }

    /// <summary>How often each code occurs; to be filled before <see cref="Choose"/>.</summary>
    public uint[] Counts => _counts;

    public FseEncodeTable Table { get; private set; }

    public int Mode { get; private set; }

    public void StartFrame()
    {
        _hasPrevious = false;
        StartBlock();
    }

    /// <summary>Forgets what was chosen for a block that was not sent.</summary>
    public void StartBlock()
    {
        _pendingFresh = false;
        _pendingPredefined = false;
    }

    /// <summary>Decides, and writes the description of the table, whose length it returns.</summary>
    public int Choose(int total, Span<byte> destination)
    {
        int last = _counts.AsSpan().LastIndexOfAnyExcept(0u);
        long predefined = Cost(_predefined, last);
        long repeated = _hasPrevious ? Cost(_previous, last) : long.MaxValue;
        if (_counts[last] == total)
        {
            return ChooseSingle(total, last, predefined, destination);
        }

        long best = Math.Min(predefined, repeated);
        int log = FseNormalizer.ChooseLog(_maxLog, total, last + 1);
        Span<short> normalized = _normalized.AsSpan(0, last + 1);
        FseNormalizer.Normalize(_counts.AsSpan(0, last + 1), total, log, normalized);
        int length = FseDistributionWriter.Write(normalized, log, _description);
        if (((long)length << (3 + CostShift)) + Cost(normalized, log, last) < best)
        {
            _fresh.Build(normalized, log);
            _description.AsSpan(0, length).CopyTo(destination);
            _pendingFresh = true;
            Use(_fresh, ZstdFormat.ModeCompressed);
            return length;
        }

        return UseKnown(predefined, repeated);
    }

    /// <summary>The block was sent: later blocks may repeat its table.</summary>
    public void Commit()
    {
        if (_pendingFresh)
        {
            (_previous, _fresh) = (_fresh, _previous);
            _hasPrevious = true;
        }
        else if (_pendingPredefined)
        {
            _hasPrevious = false;
        }

        StartBlock();
    }

    private int ChooseSingle(int total, int symbol, long predefined, Span<byte> destination)
    {
        if (predefined <= 8 << CostShift)
        {
            return UseKnown(predefined, long.MaxValue);
        }

        _fresh.BuildSingle(symbol);
        destination[0] = (byte)symbol;
        _pendingFresh = true;
        Use(_fresh, ZstdFormat.ModeRle);
        return 1;
    }

    private int UseKnown(long predefined, long repeated)
    {
        if (repeated < predefined)
        {
            Use(_previous, ZstdFormat.ModeRepeat);
        }
        else
        {
            _pendingPredefined = true;
            Use(_predefined, ZstdFormat.ModePredefined);
        }

        return 0;
    }

    private void Use(FseEncodeTable table, int mode)
    {
        Table = table;
        Mode = mode;
    }

    private long Cost(FseEncodeTable table, int last) => Cost(table.Normalized, table.Log, last);

    private long Cost(ReadOnlySpan<short> normalized, int log, int last)
    {
        long cost = 0;
        for (int symbol = 0; symbol <= last; symbol++)
        {
            uint count = _counts[symbol];
            if (count == 0)
            {
                continue;
            }

            int cells = Math.Abs((int)normalized[symbol]);
            if (cells == 0)
            {
                return long.MaxValue;
            }

            cost += count * (uint)((log << CostShift) - _logarithms[cells]);
        }

        return cost;
    }
}
