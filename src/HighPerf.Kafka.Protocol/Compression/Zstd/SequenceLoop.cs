using System.Runtime.CompilerServices;

namespace HighPerf.Kafka.Protocol.Compression.Zstd;

/// <summary>
/// The inner loop of decompression: decode a sequence, copy its literals, copy its match. State of the frame (the last offsets) and of the block
/// (where literals and output stand) live here between runs; within a run they live in registers.
/// <para>
/// The bit stream is read backwards in 64-bit words that are loaded anew once or twice a sequence. As with Huffman streams, a word may be loaded from up to
/// 8 bytes before the stream, which is inside the input; the check at the end of each turn keeps it there.
/// </para>
/// <para>
/// Bounds: the output has <see cref="WildCopy.Slack"/> bytes behind its end and so have the literals, so copies of 16 bytes at a time may run over.
/// Every sequence is checked against the output's end, the literals' end and the frame's start before it is copied.
/// </para>
/// </summary>
internal unsafe struct SequenceLoop
{
    public uint Repeat1;
    public uint Repeat2;
    public uint Repeat3;
    public byte* Literals;
    public byte* LiteralsEnd;
    public byte* FrameStart;
    public byte* Output;
    public byte* OutputEnd;

    public SequenceOutcome Run(SequenceTable lengthTable, SequenceTable offsetTable, SequenceTable matchTable, byte* start, int length, int count)
    {
        fixed (ulong* lengthCells = lengthTable.Cells, offsetCells = offsetTable.Cells, matchCells = matchTable.Cells)
        {
            byte* pointer = start + length - 8;
            ulong word = Unsafe.ReadUnaligned<ulong>(pointer);
            int taken = System.Numerics.BitOperations.LeadingZeroCount((uint)start[length - 1]) - 23;
            ulong lengthCell = lengthCells[Take(word, ref taken, lengthTable.Log)];
            ulong offsetCell = offsetCells[Take(word, ref taken, offsetTable.Log)];
            ulong matchCell = matchCells[Take(word, ref taken, matchTable.Log)];
            byte* output = Output;
            byte* literals = Literals;
            byte* limit = start - 8;
            while (true)
            {
                if (!Load(ref pointer, ref word, ref taken, limit))
                {
                    return SequenceOutcome.BadStream;
                }

                uint offset = Offset((uint)(offsetCell >> 32) + (uint)Take(word, ref taken, (int)(byte)offsetCell), lengthCell < 1UL << 32);
                nint matchLength = (nint)((matchCell >> 32) + Take(word, ref taken, (int)(byte)matchCell));

                // 57 bits are sure after a load; 26 of them may be needed for the states.
                if (taken + (int)(byte)lengthCell > 64 - 26 && !Load(ref pointer, ref word, ref taken, limit))
                {
                    return SequenceOutcome.BadStream;
                }

                nint literalLength = (nint)((lengthCell >> 32) + Take(word, ref taken, (int)(byte)lengthCell));
                byte* match = output + literalLength;
                byte* next = match + matchLength;

                // An offset of 0 wraps to the largest number there is.
                if (next > OutputEnd || literalLength > LiteralsEnd - literals || offset - 1 >= (ulong)(match - FrameStart))
                {
                    return Refuse(next > OutputEnd, literalLength > LiteralsEnd - literals);
                }

                WildCopy.Apart(literals, output, (int)literalLength);
                WildCopy.Match(match, (int)offset, (int)matchLength);
                literals += literalLength;
                output = next;
                if (--count == 0)
                {
                    break;
                }

                lengthCell = lengthCells[(uint)(ushort)(lengthCell >> 16) + Take(word, ref taken, (int)(byte)(lengthCell >> 8))];
                matchCell = matchCells[(uint)(ushort)(matchCell >> 16) + Take(word, ref taken, (int)(byte)(matchCell >> 8))];
                offsetCell = offsetCells[(uint)(ushort)(offsetCell >> 16) + Take(word, ref taken, (int)(byte)(offsetCell >> 8))];
            }

            Output = output;
            Literals = literals;
            return (pointer - start) * 8 + 64 == taken ? SequenceOutcome.Done : SequenceOutcome.BadStream;
        }
    }

    private static SequenceOutcome Refuse(bool outputFull, bool outOfLiterals) =>
        outputFull ? SequenceOutcome.OutputFull : outOfLiterals ? SequenceOutcome.OutOfLiterals : SequenceOutcome.BadOffset;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Load(ref byte* pointer, ref ulong word, ref int taken, byte* limit)
    {
        pointer -= taken >> 3;
        if (pointer < limit)
        {
            return false;
        }

        word = Unsafe.ReadUnaligned<ulong>(pointer);
        taken &= 7;
        return true;
    }

    /// <summary>Turns the written value into a distance: 1 to 3 stand for one of the last distances, shifted by one when no literals come before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint Offset(uint value, bool withoutLiterals)
    {
        if (value > 3)
        {
            Repeat3 = Repeat2;
            Repeat2 = Repeat1;
            return Repeat1 = value - 3;
        }

        return RepeatedOffset(value + (withoutLiterals ? 1u : 0u));
    }

    private uint RepeatedOffset(uint which)
    {
        if (which == 1)
        {
            return Repeat1;
        }

        uint offset = which switch
        {
            2 => Repeat2,
            3 => Repeat3,
            _ => Repeat1 - 1,
        };
        if (which != 2)
        {
            Repeat3 = Repeat2;
        }

        Repeat2 = Repeat1;
        return Repeat1 = offset;
    }

    /// <summary>The next bits of the word, which has its next bit at the top; 0 for a count of 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Take(ulong word, ref int taken, int count)
    {
        taken += count;
        return (word >> -taken) & ((1UL << count) - 1);
    }
}
