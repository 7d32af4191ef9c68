using System.Buffers.Binary;
using HighPerf.Kafka.Protocol.Buffers;

namespace HighPerf.Kafka.Protocol.Compression.Lz4;

/// <summary>
/// lz4 in its frame format. Every valid frame is read but those that need a dictionary: linked and independent blocks, all block sizes,
/// block and content checksums, content sizes, stored blocks, skippable frames, several frames in a row. Written are frames as Java's Kafka writes them.
/// </summary>
internal sealed class Lz4Codec : CompressionCodec
{
    /// <summary>From this level on matches are searched in chains; below, the first match is taken.</summary>
    public const int FirstHighLevel = 3;

    private readonly bool _acceptLegacyHeaderChecksum;
    private readonly ScratchPool<ushort[]> _tables = new(static () => new ushort[Lz4FastEncoder.TableLength], Environment.ProcessorCount);
    private readonly ScratchPool<Lz4HighEncoder> _highEncoders = new(static () => new Lz4HighEncoder(), Environment.ProcessorCount);

    /// <param name="acceptLegacyHeaderChecksum">Read frames whose header checksum was taken from the magic on: message sets of magic 0.</param>
    public Lz4Codec(bool acceptLegacyHeaderChecksum = false) => _acceptLegacyHeaderChecksum = acceptLegacyHeaderChecksum;

    public override CompressionType Type => CompressionType.Lz4;

    public override int DefaultLevel => 1;

    public override void Compress(ReadOnlySpan<byte> source, PooledBuffer destination, int level)
    {
        destination.Write(Lz4FrameHeader.Ours);
        if (level < FirstHighLevel)
        {
            ushort[] table = _tables.Rent();
            while (!source.IsEmpty)
            {
                ReadOnlySpan<byte> block = TakeBlock(ref source);
                Span<byte> to = destination.GetSpan(4 + Lz4Format.CompressedBound(block.Length));
                FinishBlock(block, destination, to, Lz4FastEncoder.Encode(block, to[4..], table));
            }

            _tables.Return(table);
        }
        else
        {
            Lz4HighEncoder encoder = _highEncoders.Rent();
            while (!source.IsEmpty)
            {
                ReadOnlySpan<byte> block = TakeBlock(ref source);
                Span<byte> to = destination.GetSpan(4 + Lz4Format.CompressedBound(block.Length));
                FinishBlock(block, destination, to, encoder.Encode(block, to[4..], level));
            }

            _highEncoders.Return(encoder);
        }

        destination.Write([0, 0, 0, 0]);
    }

    public override void Decompress(ReadOnlySpan<byte> source, PooledBuffer destination, int maxOutputLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxOutputLength);
        int start = destination.Length;
        try
        {
            int position = 0;
            do
            {
                position = ReadFrame(source, position, destination, start, maxOutputLength);
            }
            while (position < source.Length);
        }
        catch (KafkaProtocolException)
        {
            destination.Truncate(start);
            throw;
        }
    }

    private static ReadOnlySpan<byte> TakeBlock(ref ReadOnlySpan<byte> source)
    {
        int length = Math.Min(source.Length, Lz4Format.BlockSize);
        ReadOnlySpan<byte> block = source[..length];
        source = source[length..];
        return block;
    }

    /// <summary>Puts the size in front of an encoded block, or stores the block as it is when encoding did not make it smaller.</summary>
    private static void FinishBlock(ReadOnlySpan<byte> block, PooledBuffer destination, Span<byte> to, int encodedLength)
    {
        uint size = (uint)encodedLength;
        if (encodedLength >= block.Length)
        {
            size = (uint)block.Length | Lz4Format.StoredBlock;
            encodedLength = block.Length;
            block.CopyTo(to[4..]);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(to, size);
        destination.Advance(4 + encodedLength);
    }

    private int ReadFrame(ReadOnlySpan<byte> source, int position, PooledBuffer destination, int start, int maxOutputLength)
    {
        uint magic = ReadUInt32(source, position, "a frame magic");
        if ((magic & Lz4Format.SkippableMask) == Lz4Format.SkippableMagic)
        {
            uint length = ReadUInt32(source, position + 4, "the length of a skippable frame");
            return position + 8 + CheckLeft(source, position + 8, length, "a skippable frame");
        }

        if (magic != Lz4Format.Magic)
        {
            CorruptData.Throw(Lz4Format.Name, position, $"no lz4 frame: the magic is 0x{magic:x8}, not 0x{Lz4Format.Magic:x8}");
        }

        Lz4FrameHeader header = Lz4FrameHeader.Read(source[position..], position, _acceptLegacyHeaderChecksum);
        if (header.ContentSize > maxOutputLength - (destination.Length - start))
        {
            CorruptData.ThrowTooLarge(Lz4Format.Name, position + 6, maxOutputLength);
        }

        int frameStart = destination.Length;
        position += header.Length;
        while (true)
        {
            uint size = ReadUInt32(source, position, "a block size");
            position += 4;
            if (size == 0)
            {
                return ReadEnd(source, position, in header, destination.WrittenSpan[frameStart..]);
            }

            position = ReadBlock(source, position, size, in header, destination, frameStart, start, maxOutputLength);
        }
    }

    private static int ReadBlock(
        ReadOnlySpan<byte> source, int position, uint size, in Lz4FrameHeader header, PooledBuffer destination, int frameStart, int start, int maxOutputLength)
    {
        int length = CheckLeft(source, position, size & ~Lz4Format.StoredBlock, "a block");
        if (length > header.MaxBlockSize)
        {
            CorruptData.Throw(Lz4Format.Name, position - 4, $"a block of {length} bytes in a frame of blocks of at most {header.MaxBlockSize}");
        }

        ReadOnlySpan<byte> block = source.Slice(position, length);
        int end = position + length;
        if (header.BlockChecksums)
        {
            uint expected = ReadUInt32(source, end, "a block checksum");
            CheckHash(expected, block, end, "the block's");
            end += 4;
        }

        int allowed = maxOutputLength - (destination.Length - start);
        if ((size & Lz4Format.StoredBlock) != 0)
        {
            if (length > allowed)
            {
                CorruptData.ThrowTooLarge(Lz4Format.Name, position, maxOutputLength);
            }

            destination.Write(block);
            return end;
        }

        // One byte of a block stands for 255 bytes at most, so a short block cannot claim a large array.
        long possible = Math.Min(header.MaxBlockSize, 255L * length);
        int limit = (int)Math.Min(possible, allowed);
        destination.EnsureFree(limit + (2 * WildCopy.Slack));
        int at = destination.Length;
        int written = Lz4BlockDecoder.Decode(
            block, destination.Array, header.IndependentBlocks ? at : frameStart, at, limit, position, allowed < possible ? maxOutputLength : -1);
        destination.Advance(written);
        return end;
    }

    private static int ReadEnd(ReadOnlySpan<byte> source, int position, in Lz4FrameHeader header, ReadOnlySpan<byte> content)
    {
        if (header.ContentSize >= 0 && header.ContentSize != content.Length)
        {
            CorruptData.Throw(
                Lz4Format.Name, position, $"the frame's header says {header.ContentSize} bytes, but its blocks have {content.Length}");
        }

        if (!header.ContentChecksum)
        {
            return position;
        }

        uint expected = ReadUInt32(source, position, "a content checksum");
        CheckHash(expected, content, position, "the content's");
        return position + 4;
    }

    private static void CheckHash(uint expected, ReadOnlySpan<byte> bytes, int position, string whose)
    {
        uint actual = XxHash32.Hash(bytes);
        if (actual != expected)
        {
            CorruptData.Throw(Lz4Format.Name, position, $"{whose} checksum is 0x{expected:x8}, but its bytes give 0x{actual:x8}");
        }
    }

    private static uint ReadUInt32(ReadOnlySpan<byte> source, int position, string what)
    {
        if (source.Length - position < 4)
        {
            CorruptData.Throw(Lz4Format.Name, source.Length, $"the input ends where {what} should be");
        }

        return BinaryPrimitives.ReadUInt32LittleEndian(source[position..]);
    }

    private static int CheckLeft(ReadOnlySpan<byte> source, int position, uint length, string what)
    {
        if (length > source.Length - position)
        {
            CorruptData.Throw(Lz4Format.Name, position, $"{what} of {length} bytes, but only {source.Length - position} are left");
        }

        return (int)length;
    }
}
