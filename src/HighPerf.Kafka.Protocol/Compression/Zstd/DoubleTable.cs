using System.Runtime.CompilerServices;

namespace HighPerf.Kafka.Protocol.Compression.Zstd;

/// <summary>The two hash tables of one search: of the next 8 bytes, and of the next few.</summary>
internal readonly unsafe struct DoubleTable
{
    public readonly byte* Origin;
    private readonly uint* _long;
    private readonly uint* _short;
    private readonly int _longShift;
    private readonly int _shortShift;
    private readonly int _unusedBits;

    public DoubleTable(byte* origin, uint* longTable, uint* shortTable, in EncoderParameters parameters)
    {
        Origin = origin;
        _long = longTable;
        _short = shortTable;
        _longShift = 64 - parameters.LongLog;
        _shortShift = 64 - parameters.ShortLog;
        _unusedBits = 64 - 8 * parameters.ShortBytes;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref uint LongCell(ulong word) => ref _long[MatchSearch.Hash(word, 0, _longShift)];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref uint ShortCell(ulong word) => ref _short[MatchSearch.Hash(word, _unusedBits, _shortShift)];
}
