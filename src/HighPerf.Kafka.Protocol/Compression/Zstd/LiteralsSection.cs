using System.Runtime.CompilerServices;

namespace HighPerf.Kafka.Protocol.Compression.Zstd;

/// <summary>
/// The first half of a compressed block: the literals, raw, of one repeated byte, or Huffman-coded (RFC 8878, 3.1.1.3.1).
/// Owned by one decoder; the decoded literals stay valid until the next block.
/// </summary>
internal sealed unsafe class LiteralsSection
{
    /// <summary>Decoded literals, with room for wild copies behind.</summary>
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(ZstdFormat.MaxBlockSize + WildCopy.Slack, pinned: true);

    private readonly HuffmanTable _table = new();

    /// <summary>Where the literals of the block stand: in the buffer, or in the input when they are raw and enough bytes follow.</summary>
    public byte* Literals { get; private set; }

    public int Count { get; private set; }

    public void StartFrame() => _table.Forget();

    /// <summary>Reads the section of the block at <paramref name="position"/> and returns where the sequences begin.</summary>
    public int Read(byte* source, int sourceLength, int position, int end, int maxBlockSize)
    {
        if (position >= end)
        {
            ZstdError.Truncated(position, "the literals section is missing");
        }

        int type = source[position] & 3;
        int format = (source[position] >> 2) & 3;
        return type <= ZstdFormat.LiteralsRle
            ? ReadPlain(source, sourceLength, position, end, maxBlockSize, type, format)
            : ReadCompressed(source, position, end, maxBlockSize, type, format);
    }

    private int ReadPlain(byte* source, int sourceLength, int position, int end, int maxBlockSize, int type, int format)
    {
        int headerLength = (format & 1) == 0 ? 1 : format == 1 ? 2 : 3;
        ulong header = Header(source, position, end, headerLength);
        int count = (int)(headerLength == 1 ? header >> 3 : header >> 4);
        CheckCount(position, count, maxBlockSize);
        position += headerLength;
        Count = count;
        if (type == ZstdFormat.LiteralsRle)
        {
            if (position >= end)
            {
                ZstdError.Truncated(position, "the byte of a run of literals is missing");
            }

            _buffer.AsSpan(0, count).Fill(source[position]);
            Literals = Buffered();
            return position + 1;
        }

        if (count > end - position)
        {
            ZstdError.Truncated(position, $"{count} raw literals are announced and {end - position} bytes are left in the block");
        }

        if (position + count + WildCopy.Slack <= sourceLength)
        {
            Literals = source + position;
        }
        else
        {
            new ReadOnlySpan<byte>(source + position, count).CopyTo(_buffer);
            Literals = Buffered();
        }

        return position + count;
    }

    private int ReadCompressed(byte* source, int position, int end, int maxBlockSize, int type, int format)
    {
        int headerLength = format <= 1 ? 3 : format + 2;
        int sizeBits = format <= 1 ? 10 : format == 2 ? 14 : 18;
        ulong header = Header(source, position, end, headerLength) >> 4;
        int count = (int)(header & ((1u << sizeBits) - 1));
        int length = (int)(header >> sizeBits);
        CheckCount(position, count, maxBlockSize);
        int body = position + headerLength;
        if (length > end - body)
        {
            ZstdError.Truncated(position, $"compressed literals take {length} bytes and {end - body} are left in the block");
        }

        int next = body + length;
        if (type == ZstdFormat.LiteralsCompressed)
        {
            body += _table.Read(new ReadOnlySpan<byte>(source + body, length), body);
        }
        else if (!_table.IsSet)
        {
            ZstdError.Corrupt(position, "literals repeat a Huffman tree and none came before");
        }

        bool good = format == 0
            ? HuffmanStreams.DecodeOne(_table, source + body, next - body, Buffered(), count)
            : DecodeFour(source, body, next, count);
        if (!good)
        {
            ZstdError.Corrupt(body, "a Huffman stream of literals does not end where it should");
        }

        Count = count;
        Literals = Buffered();
        return next;
    }

    /// <summary>Four streams follow a jump table of three 16-bit lengths; the fourth takes what is left.</summary>
    private bool DecodeFour(byte* source, int body, int next, int count)
    {
        if (count < 6 || next - body < 10)
        {
            ZstdError.Corrupt(body, $"four Huffman streams of {next - body} bytes for {count} literals");
        }

        int* lengths = stackalloc int[4];
        lengths[0] = Unsafe.ReadUnaligned<ushort>(source + body);
        lengths[1] = Unsafe.ReadUnaligned<ushort>(source + body + 2);
        lengths[2] = Unsafe.ReadUnaligned<ushort>(source + body + 4);
        lengths[3] = next - body - 6 - lengths[0] - lengths[1] - lengths[2];
        if (lengths[3] <= 0)
        {
            ZstdError.Corrupt(body, "the jump table of four Huffman streams points past the section");
        }

        return HuffmanStreams.DecodeFour(_table, source + body + 6, lengths, Buffered(), (count + 3) / 4, count);
    }

    private byte* Buffered() => (byte*)Unsafe.AsPointer(ref _buffer[0]);

    private static ulong Header(byte* source, int position, int end, int length)
    {
        if (length > end - position)
        {
            ZstdError.Truncated(position, "the literals header runs past the block");
        }

        ulong header = 0;
        for (int i = 0; i < length; i++)
        {
            header |= (ulong)source[position + i] << (8 * i);
        }

        return header;
    }

    private static void CheckCount(int position, int count, int maxBlockSize)
    {
        if (count > maxBlockSize)
        {
            ZstdError.Corrupt(position, $"a block has {count} literals; its frame allows blocks of {maxBlockSize}");
        }
    }
}
