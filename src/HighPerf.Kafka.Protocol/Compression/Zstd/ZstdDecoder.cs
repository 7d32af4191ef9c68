using System.Buffers.Binary;
using HighPerf.Kafka.Protocol.Buffers;

namespace HighPerf.Kafka.Protocol.Compression.Zstd;

/// <summary>
/// Decompresses a run of zstd frames (RFC 8878). The output is one contiguous buffer, so the window of a match is the output itself and no window is
/// allocated: what a frame header claims costs nothing. Output room is made block by block, so a bomb is refused before its size is allocated.
/// Holds tables for reuse; one thread at a time.
/// </summary>
internal sealed unsafe class ZstdDecoder
{
    private readonly LiteralsSection _literals = new();
    private readonly SequenceDecoder _sequences = new();

    /// <summary>Appends the content of all frames to <paramref name="destination"/>, which is cut back when they are bad.</summary>
    public void Decompress(ReadOnlySpan<byte> source, PooledBuffer destination, int maxOutputLength)
    {
        int origin = destination.Length;
        int limit = (int)Math.Min((long)origin + maxOutputLength, Array.MaxLength - ZstdFormat.MaxBlockSize - WildCopy.Slack);
        bool done = false;
        try
        {
            int position = 0;
            do
            {
                position = ReadFrame(source, position, destination, origin, limit);
            }
            while (position < source.Length);
            done = true;
        }
        finally
        {
            if (!done)
            {
                destination.Truncate(origin);
            }
        }
    }

    private int ReadFrame(ReadOnlySpan<byte> source, int position, PooledBuffer destination, int origin, int limit)
    {
        if (source.Length - position < 4)
        {
            ZstdError.Truncated(position, "a frame's magic number takes 4 bytes");
        }

        uint magic = BinaryPrimitives.ReadUInt32LittleEndian(source[position..]);
        if (magic == ZstdFormat.Magic)
        {
            return ReadContent(source, position + 4, destination, origin, limit);
        }

        if ((magic & ZstdFormat.SkippableMask) != ZstdFormat.SkippableMagic)
        {
            ZstdError.Corrupt(position, $"0x{magic:X8} is no zstd magic number");
        }

        if (source.Length - position < 8)
        {
            ZstdError.Truncated(position, "a skippable frame ends within its header");
        }

        uint length = BinaryPrimitives.ReadUInt32LittleEndian(source[(position + 4)..]);
        if (length > source.Length - position - 8)
        {
            ZstdError.Truncated(position, $"a skippable frame takes {length} bytes and {source.Length - position - 8} are left");
        }

        return position + 8 + (int)length;
    }

    private int ReadContent(ReadOnlySpan<byte> source, int position, PooledBuffer destination, int origin, int limit)
    {
        FrameHeader header = FrameHeader.Read(source, position);
        int frameStart = destination.Length;
        if (header.HasContentSize)
        {
            if (header.ContentSize > (ulong)(limit - frameStart))
            {
                ZstdError.TooLarge(position, limit - origin);
            }

            // Reserve what is likely, not what is claimed.
            long likely = Math.Min((long)header.ContentSize, 16L * source.Length);
            destination.EnsureFree((int)Math.Min(likely, limit - frameStart) + WildCopy.Slack);
        }

        position += header.Length;
        _literals.StartFrame();
        _sequences.StartFrame();
        bool last;
        do
        {
            position = ReadBlock(source, position, header, destination, frameStart, origin, limit, out last);
        }
        while (!last);

        int contentLength = destination.Length - frameStart;
        if (header.HasContentSize && (ulong)contentLength != header.ContentSize)
        {
            ZstdError.Corrupt(position, $"the frame announced {header.ContentSize} bytes of content and has {contentLength}");
        }

        return header.HasChecksum ? CheckHash(source, position, destination.WrittenSpan[frameStart..]) : position;
    }

    private static int CheckHash(ReadOnlySpan<byte> source, int position, ReadOnlySpan<byte> content)
    {
        if (source.Length - position < 4)
        {
            ZstdError.Truncated(position, "the frame's checksum is missing");
        }

        uint written = BinaryPrimitives.ReadUInt32LittleEndian(source[position..]);
        uint computed = (uint)XxHash64.Hash(content);
        if (written != computed)
        {
            ZstdError.Corrupt(position, $"the frame's checksum is 0x{written:X8} and its content has 0x{computed:X8}");
        }

        return position + 4;
    }

    private int ReadBlock(
        ReadOnlySpan<byte> source, int position, in FrameHeader header, PooledBuffer destination, int frameStart, int origin, int limit, out bool last)
    {
        if (source.Length - position < 3)
        {
            ZstdError.Truncated(position, "a block header takes 3 bytes");
        }

        int word = source[position] | source[position + 1] << 8 | source[position + 2] << 16;
        last = (word & 1) != 0;
        int type = (word >> 1) & 3;
        int size = word >> 3;
        position += 3;
        if (size > header.MaxBlockSize)
        {
            ZstdError.Corrupt(position - 3, $"a block has the size {size}; its frame allows blocks of {header.MaxBlockSize}");
        }

        int inputLength = type == ZstdFormat.BlockRle ? 1 : size;
        if (inputLength > source.Length - position)
        {
            ZstdError.Truncated(position, $"a block takes {inputLength} bytes and {source.Length - position} are left");
        }

        switch (type)
        {
            case ZstdFormat.BlockRaw:
                Reserve(destination, size, position, origin, limit);
                source.Slice(position, size).CopyTo(destination.GetSpan(size));
                destination.Advance(size);
                break;
            case ZstdFormat.BlockRle:
                Reserve(destination, size, position, origin, limit);
                destination.GetSpan(size)[..size].Fill(source[position]);
                destination.Advance(size);
                break;
            case ZstdFormat.BlockCompressed:
                ReadCompressed(source, position, size, header, destination, frameStart, origin, limit);
                break;
            default:
                ZstdError.Corrupt(position - 3, "a block has the reserved type");
                break;
        }

        return position + inputLength;
    }

    private void ReadCompressed(
        ReadOnlySpan<byte> source, int position, int size, in FrameHeader header, PooledBuffer destination, int frameStart, int origin, int limit)
    {
        int room = Math.Min(header.MaxBlockSize, limit - destination.Length);
        if (header.HasContentSize)
        {
            room = (int)Math.Min((ulong)room, header.ContentSize - (ulong)(destination.Length - frameStart));
        }

        destination.EnsureFree(room + WildCopy.Slack);
        int written;
        fixed (byte* input = source)
        fixed (byte* output = destination.Array)
        {
            int end = position + size;
            int sequences = _literals.Read(input, source.Length, position, end, header.MaxBlockSize);
            written = _sequences.Execute(input, sequences, end, _literals, output + frameStart, output + destination.Length, room);
        }

        if (written >= 0)
        {
            destination.Advance(written);
            return;
        }

        if (room == limit - destination.Length && room < header.MaxBlockSize)
        {
            ZstdError.TooLarge(position, limit - origin);
        }

        ZstdError.Corrupt(position, $"a block has more content than the {room} bytes that its frame allows");
    }

    private static void Reserve(PooledBuffer destination, int size, int position, int origin, int limit)
    {
        if (size > limit - destination.Length)
        {
            ZstdError.TooLarge(position, limit - origin);
        }

        destination.EnsureFree(size + WildCopy.Slack);
    }
}
