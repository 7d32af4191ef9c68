using System.Numerics;
using System.Runtime.CompilerServices;

namespace HighPerf.Kafka.Protocol.Compression.Zstd;

/// <summary>Writes the sequences section of a block: their number, the three tables, and the bit stream. Owned by one encoder.</summary>
internal sealed unsafe class SequencesEncoder
{
    /// <summary>Room that the section's head takes at most; also kept free behind its end.</summary>
    public const int Overhead = 4 + 3 * TableChooser.MaxDescription + 8;

    private readonly byte[] _lengthCodes = GC.AllocateUninitializedArray<byte>(SequenceStore.MaxSequences, pinned: true);
    private readonly byte[] _offsetCodes = GC.AllocateUninitializedArray<byte>(SequenceStore.MaxSequences, pinned: true);
    private readonly byte[] _matchCodes = GC.AllocateUninitializedArray<byte>(SequenceStore.MaxSequences, pinned: true);
    private readonly byte[] _shortLengthCodes = new byte[64];
    private readonly byte[] _shortMatchCodes = new byte[128];

    private readonly TableChooser _lengths = new(
        ZstdFormat.LiteralLengthMaxCode, ZstdFormat.LiteralLengthMaxLog, ZstdFormat.LiteralLengthDefault, ZstdFormat.LiteralLengthDefaultLog);

    private readonly TableChooser _offsets = new(
        ZstdFormat.OffsetMaxCode, ZstdFormat.OffsetMaxLog, ZstdFormat.OffsetDefault, ZstdFormat.OffsetDefaultLog);

    private readonly TableChooser _matches = new(
        ZstdFormat.MatchLengthMaxCode, ZstdFormat.MatchLengthMaxLog, ZstdFormat.MatchLengthDefault, ZstdFormat.MatchLengthDefaultLog);

    public SequencesEncoder()
    {
        Invert(ZstdFormat.LiteralLengthBase, 0, _shortLengthCodes);
        Invert(ZstdFormat.MatchLengthBase, ZstdFormat.MinMatch, _shortMatchCodes);
    }

    public void StartFrame()
    {
        _lengths.StartFrame();
        _offsets.StartFrame();
        _matches.StartFrame();
    }

    public void Commit()
    {
        _lengths.Commit();
        _offsets.Commit();
        _matches.Commit();
    }

    /// <summary>Writes the section and returns its end, or null when it runs past <paramref name="limit"/>.</summary>
    public byte* Write(BlockSequence* sequences, int count, byte* output, byte* limit)
    {
        _lengths.StartBlock();
        _offsets.StartBlock();
        _matches.StartBlock();
        if (limit - output < Overhead)
        {
            return null;
        }

        output = WriteCount(count, output);
        if (count == 0)
        {
            // A block without sequences names no tables, so what may be repeated stays as it was.
            return output;
        }

        Classify(sequences, count);
        byte* modes = output++;
        output += _lengths.Choose(count, new Span<byte>(output, TableChooser.MaxDescription));
        output += _offsets.Choose(count, new Span<byte>(output, TableChooser.MaxDescription));
        output += _matches.Choose(count, new Span<byte>(output, TableChooser.MaxDescription));
        *modes = (byte)(_lengths.Mode << 6 | _offsets.Mode << 4 | _matches.Mode << 2);
        return WriteStream(sequences, count, output, limit - 8);
    }

    private static byte* WriteCount(int count, byte* output)
    {
        if (count < 128)
        {
            *output = (byte)count;
            return output + 1;
        }

        if (count < 0x7F00)
        {
            output[0] = (byte)((count >> 8) + 128);
            output[1] = (byte)count;
            return output + 2;
        }

        output[0] = 255;
        Unsafe.WriteUnaligned(output + 1, (ushort)(count - 0x7F00));
        return output + 3;
    }

    private void Classify(BlockSequence* sequences, int count)
    {
        Array.Clear(_lengths.Counts);
        Array.Clear(_offsets.Counts);
        Array.Clear(_matches.Counts);
        fixed (uint* lengthCounts = _lengths.Counts, offsetCounts = _offsets.Counts, matchCounts = _matches.Counts)
        fixed (byte* lengthCodes = _lengthCodes, offsetCodes = _offsetCodes, matchCodes = _matchCodes)
        fixed (byte* shortLengths = _shortLengthCodes, shortMatches = _shortMatchCodes)
        {
            for (int i = 0; i < count; i++)
            {
                uint literals = sequences[i].LiteralLength;
                uint match = sequences[i].MatchLength - ZstdFormat.MinMatch;
                int lengthCode = literals < 64 ? shortLengths[literals] : BitOperations.Log2(literals) + 19;
                int matchCode = match < 128 ? shortMatches[match] : BitOperations.Log2(match) + 36;
                int offsetCode = BitOperations.Log2(sequences[i].OffsetValue);
                lengthCodes[i] = (byte)lengthCode;
                matchCodes[i] = (byte)matchCode;
                offsetCodes[i] = (byte)offsetCode;
                lengthCounts[lengthCode]++;
                matchCounts[matchCode]++;
                offsetCounts[offsetCode]++;
            }
        }
    }

    /// <summary>From the last sequence to the first. Within one, in the reverse of the order in which it is read.</summary>
    private byte* WriteStream(BlockSequence* sequences, int count, byte* output, byte* limit)
    {
        BitSink sink = new(output, limit);
        FseEncodeTable lengths = _lengths.Table;
        FseEncodeTable offsets = _offsets.Table;
        FseEncodeTable matches = _matches.Table;
        FseEncodeTable.SymbolStep* lengthSteps = lengths.Steps;
        FseEncodeTable.SymbolStep* offsetSteps = offsets.Steps;
        FseEncodeTable.SymbolStep* matchSteps = matches.Steps;
        int last = count - 1;
        uint lengthState = lengths.First(_lengthCodes[last]);
        uint offsetState = offsets.First(_offsetCodes[last]);
        uint matchState = matches.First(_matchCodes[last]);
        fixed (byte* lengthCodes = _lengthCodes, offsetCodes = _offsetCodes, matchCodes = _matchCodes)
        fixed (byte* lengthBits = ZstdFormat.LiteralLengthBits, matchBits = ZstdFormat.MatchLengthBits)
        {
            for (int i = last; ; i--)
            {
                int lengthCode = lengthCodes[i];
                int offsetCode = offsetCodes[i];
                int matchCode = matchCodes[i];
                if (i != last)
                {
                    Step(ref sink, ref offsetState, offsetSteps[offsetCode], offsets.Next);
                    Step(ref sink, ref matchState, matchSteps[matchCode], matches.Next);
                    Step(ref sink, ref lengthState, lengthSteps[lengthCode], lengths.Next);
                }

                // States take 26 bits and 7 are left over; the three values together may take more than what remains.
                int extra = lengthBits[lengthCode] + matchBits[matchCode];
                if (extra + offsetCode > 30)
                {
                    sink.Flush();
                }

                sink.Add(sequences[i].LiteralLength, lengthBits[lengthCode]);
                sink.Add(sequences[i].MatchLength - ZstdFormat.MinMatch, matchBits[matchCode]);
                if (extra + offsetCode > 50)
                {
                    sink.Flush();
                }

                sink.Add(sequences[i].OffsetValue, offsetCode);
                sink.Flush();
                if (i == 0)
                {
                    break;
                }
            }
        }

        sink.Add(matchState, matches.Log);
        sink.Add(offsetState, offsets.Log);
        sink.Add(lengthState, lengths.Log);
        sink.Flush();
        return sink.Close();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step(ref BitSink sink, ref uint state, FseEncodeTable.SymbolStep step, ushort* next)
    {
        int bits = (int)((state + step.DeltaBits) >> 16);
        sink.Add(state, bits);
        state = next[(int)(state >> bits) + step.DeltaState];
    }

    private static void Invert(ReadOnlySpan<uint> bases, uint origin, Span<byte> codes)
    {
        int code = 0;
        for (int value = 0; value < codes.Length; value++)
        {
            while (code + 1 < bases.Length && bases[code + 1] - origin <= value)
            {
                code++;
            }

            codes[value] = (byte)code;
        }
    }
}
