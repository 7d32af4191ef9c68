namespace HighPerf.Kafka.Protocol.Compression.Zstd;

/// <summary>
/// The second half of a compressed block: which tables the sequences use (RFC 8878, 3.1.1.3.2). Keeps the tables and the three last offsets
/// of the frame. Owned by one decoder.
/// </summary>
internal sealed unsafe class SequenceDecoder
{
    private readonly TableSlot _literalLengths = new(
        SequencePart.LiteralLength, ZstdFormat.LiteralLengthMaxLog, ZstdFormat.LiteralLengthDefault, ZstdFormat.LiteralLengthDefaultLog);

    private readonly TableSlot _offsets = new(SequencePart.Offset, ZstdFormat.OffsetMaxLog, ZstdFormat.OffsetDefault, ZstdFormat.OffsetDefaultLog);

    private readonly TableSlot _matchLengths = new(
        SequencePart.MatchLength, ZstdFormat.MatchLengthMaxLog, ZstdFormat.MatchLengthDefault, ZstdFormat.MatchLengthDefaultLog);

    private SequenceLoop _loop;

    public void StartFrame()
    {
        _literalLengths.Forget();
        _offsets.Forget();
        _matchLengths.Forget();
        _loop.Repeat1 = 1;
        _loop.Repeat2 = 4;
        _loop.Repeat3 = 8;
    }

    /// <summary>
    /// Decodes the section and executes it: literals and matches go to <paramref name="output"/>, which has room for
    /// <paramref name="room"/> bytes and a wild copy behind. Returns how many bytes came out, or -1 when they do not fit.
    /// </summary>
    public int Execute(byte* source, int position, int end, LiteralsSection literals, byte* frameStart, byte* output, int room)
    {
        position = ReadCount(source, position, end, out int count);
        if (count == 0)
        {
            if (position != end)
            {
                ZstdError.Corrupt(position, "bytes follow a block without sequences");
            }

            return CopyLast(literals.Literals, literals.Count, output, room);
        }

        position = ReadTables(source, position, end);
        if (position >= end || source[end - 1] == 0)
        {
            ZstdError.Corrupt(end, "the sequences' bit stream does not end with its mark");
        }

        _loop.Literals = literals.Literals;
        _loop.LiteralsEnd = literals.Literals + literals.Count;
        _loop.FrameStart = frameStart;
        _loop.Output = output;
        _loop.OutputEnd = output + room;
        SequenceOutcome outcome = _loop.Run(
            _literalLengths.Current, _offsets.Current, _matchLengths.Current, source + position, end - position, count);
        if (outcome == SequenceOutcome.OutputFull)
        {
            return -1;
        }

        if (outcome != SequenceOutcome.Done)
        {
            Refuse(outcome, position);
        }

        int written = (int)(_loop.Output - output);
        int last = CopyLast(_loop.Literals, (int)(_loop.LiteralsEnd - _loop.Literals), _loop.Output, room - written);
        return last < 0 ? -1 : written + last;
    }

    private static int CopyLast(byte* literals, int count, byte* output, int room)
    {
        if (count > room)
        {
            return -1;
        }

        new ReadOnlySpan<byte>(literals, count).CopyTo(new Span<byte>(output, count));
        return count;
    }

    private static void Refuse(SequenceOutcome outcome, int position) => ZstdError.Corrupt(position, outcome switch
    {
        SequenceOutcome.BadOffset => "a match reaches back to before the frame's start",
        SequenceOutcome.OutOfLiterals => "a sequence takes more literals than the block has",
        _ => "the sequences' bit stream does not end where it should",
    });

    private static int ReadCount(byte* source, int position, int end, out int count)
    {
        if (position >= end)
        {
            ZstdError.Truncated(position, "the number of sequences is missing");
        }

        int first = source[position];
        int length = first < 128 ? 1 : first < 255 ? 2 : 3;
        if (length > end - position)
        {
            ZstdError.Truncated(position, "the number of sequences runs past the block");
        }

        count = length switch
        {
            1 => first,
            2 => ((first - 128) << 8) + source[position + 1],
            _ => source[position + 1] + (source[position + 2] << 8) + 0x7F00,
        };
        return position + length;
    }

    private int ReadTables(byte* source, int position, int end)
    {
        if (position >= end)
        {
            ZstdError.Truncated(position, "the modes of the sequence tables are missing");
        }

        int modes = source[position++];
        if ((modes & 3) != 0)
        {
            ZstdError.Corrupt(position - 1, "the reserved bits of the sequence modes are set");
        }

        position += _literalLengths.Read(modes >> 6, new ReadOnlySpan<byte>(source + position, end - position), position);
        position += _offsets.Read((modes >> 4) & 3, new ReadOnlySpan<byte>(source + position, end - position), position);
        position += _matchLengths.Read((modes >> 2) & 3, new ReadOnlySpan<byte>(source + position, end - position), position);
        return position;
    }
}
