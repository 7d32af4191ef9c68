using System.Runtime.CompilerServices;

namespace HighPerf.Kafka.Protocol.Compression.Zstd;

/// <summary>
/// What a match finder found in one block: sequences, and all literals one after the other. Its arrays are as large as the worst block needs,
/// so nothing is checked while they are filled. Owned by one encoder.
/// </summary>
internal sealed unsafe class SequenceStore
{
    /// <summary>The finders take no match below this length, so a block has at most a quarter as many sequences as bytes.</summary>
    public const int MinFoundMatch = 4;

    public const int MaxSequences = ZstdFormat.MaxBlockSize / MinFoundMatch;

    private readonly BlockSequence[] _sequences = GC.AllocateUninitializedArray<BlockSequence>(MaxSequences, pinned: true);
    private readonly byte[] _literals = GC.AllocateUninitializedArray<byte>(ZstdFormat.MaxBlockSize + WildCopy.Slack, pinned: true);

    public int Count { get; private set; }

    public int LiteralCount { get; private set; }

    public BlockSequence* Sequences => (BlockSequence*)Unsafe.AsPointer(ref _sequences[0]);

    public byte* Literals => (byte*)Unsafe.AsPointer(ref _literals[0]);

    public void Clear()
    {
        Count = 0;
        LiteralCount = 0;
    }

    /// <summary>Adds a sequence whose literals start at <paramref name="literals"/>.</summary>
    /// <param name="safe">Whether <see cref="WildCopy.Slack"/> bytes may be read behind the literals.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(byte* literals, nint literalLength, bool safe, uint offsetValue, nint matchLength)
    {
        int count = Count;
        BlockSequence* sequence = Sequences + count;
        sequence->LiteralLength = (uint)literalLength;
        sequence->MatchLength = (uint)matchLength;
        sequence->OffsetValue = offsetValue;
        Count = count + 1;
        if (safe)
        {
            WildCopy.Apart(literals, Literals + LiteralCount, (int)literalLength);
            LiteralCount += (int)literalLength;
        }
        else
        {
            AddLast(literals, literalLength);
        }
    }

    /// <summary>Adds literals that no match follows.</summary>
    public void AddLast(byte* literals, nint length)
    {
        new ReadOnlySpan<byte>(literals, (int)length).CopyTo(new Span<byte>(Literals + LiteralCount, (int)length));
        LiteralCount += (int)length;
    }
}
