using System.Runtime.CompilerServices;

namespace HighPerf.Kafka.Protocol.Compression.Zstd;

/// <summary>
/// The encoding side of an FSE table. A state lies in [size, 2 * size). To encode a symbol, as many low bits of the state are written as bring the rest into
/// [count, 2 * count) of that symbol; the rest, moved by the symbol's start, indexes the next state.
/// </summary>
internal sealed unsafe class FseEncodeTable
{
    private readonly ushort[] _next;
    private readonly SymbolStep[] _steps;
    private readonly short[] _normalized;

    public FseEncodeTable(int maxLog, int symbols)
    {
        _next = GC.AllocateArray<ushort>(1 << maxLog, pinned: true);
        _steps = GC.AllocateArray<SymbolStep>(symbols, pinned: true);
        _normalized = new short[symbols];
    }

    public int Log { get; private set; }

    /// <summary>What each symbol has of the table's cells; 0 for one that cannot be encoded.</summary>
    public ReadOnlySpan<short> Normalized => _normalized;

    public ushort* Next => (ushort*)Unsafe.AsPointer(ref _next[0]);

    public SymbolStep* Steps => (SymbolStep*)Unsafe.AsPointer(ref _steps[0]);

    public void Build(ReadOnlySpan<short> normalized, int log)
    {
        int size = 1 << log;
        Span<byte> cells = stackalloc byte[size];
        Span<ushort> starts = stackalloc ushort[normalized.Length];
        FseSpread.Fill(normalized, log, cells);
        Array.Clear(_normalized);
        normalized.CopyTo(_normalized);
        int total = 0;
        for (int symbol = 0; symbol < normalized.Length; symbol++)
        {
            int count = Math.Abs((int)normalized[symbol]);
            starts[symbol] = (ushort)total;
            if (count > 0)
            {
                int bits = count == 1 ? log : log - FseSpread.HighBit((uint)count - 1);
                _steps[symbol] = new SymbolStep(((uint)bits << 16) - ((uint)count << bits), total - count);
                total += count;
            }
        }

        for (int cell = 0; cell < size; cell++)
        {
            _next[starts[cells[cell]]++] = (ushort)(size + cell);
        }

        Log = log;
    }

    /// <summary>A table for one symbol: no bits and no states.</summary>
    public void BuildSingle(int symbol)
    {
        Array.Clear(_normalized);
        _normalized[symbol] = 1;
        _steps[symbol] = new SymbolStep(0, 0);
        _next[0] = 0;
        Log = 0;
    }

    /// <summary>The state for a stream's last symbol: any of its cells would do. The first always takes bits, by which a list of weights ends.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint First(int symbol)
    {
        SymbolStep step = _steps[symbol];
        int bits = (int)((step.DeltaBits + (1 << 15)) >> 16);
        uint value = ((uint)bits << 16) - step.DeltaBits;
        return _next[(int)(value >> bits) + step.DeltaState];
    }

    internal readonly record struct SymbolStep(uint DeltaBits, int DeltaState);
}
