using System.Buffers.Binary;

namespace HighPerf.Kafka.Protocol.Compression.Zstd;

/// <summary>
/// What stands between a frame's magic and its first block:
/// descriptor (1 byte), window descriptor (0 or 1), dictionary id (0, 1, 2 or 4), content size (0, 1, 2, 4 or 8).
/// </summary>
internal readonly struct FrameHeader
{
    private FrameHeader(int length, ulong windowSize, ulong contentSize, bool hasContentSize, bool hasChecksum)
    {
        Length = length;
        WindowSize = windowSize;
        ContentSize = contentSize;
        HasContentSize = hasContentSize;
        HasChecksum = hasChecksum;
    }

    /// <summary>How many bytes it takes, without the magic.</summary>
    public int Length { get; }

    public ulong WindowSize { get; }

    public ulong ContentSize { get; }

    public bool HasContentSize { get; }

    public bool HasChecksum { get; }

    /// <summary>The most bytes that one block of this frame takes or gives.</summary>
    public int MaxBlockSize => (int)Math.Min(WindowSize, ZstdFormat.MaxBlockSize);

    public static FrameHeader Read(ReadOnlySpan<byte> source, int offset)
    {
        ReadOnlySpan<byte> header = source[offset..];
        if (header.IsEmpty)
        {
            ZstdError.Truncated(offset, "the frame header is missing");
        }

        int descriptor = header[0];
        bool singleSegment = (descriptor & 0x20) != 0;
        int dictionarySize = (descriptor & 3) == 3 ? 4 : descriptor & 3;
        int contentFlag = descriptor >> 6;
        int contentBytes = contentFlag == 0 ? (singleSegment ? 1 : 0) : 1 << contentFlag;
        int length = 1 + (singleSegment ? 0 : 1) + dictionarySize + contentBytes;
        if (header.Length < length)
        {
            ZstdError.Truncated(offset, $"the frame header takes {length} bytes and {header.Length} are left");
        }

        if ((descriptor & 8) != 0)
        {
            ZstdError.Corrupt(offset, "the reserved bit of the frame header is set");
        }

        int position = 1;
        ulong window = singleSegment ? 0 : WindowOf(header[position++]);
        uint dictionary = (uint)ReadLittle(header.Slice(position, dictionarySize));
        if (dictionary != 0)
        {
            ZstdError.Dictionary(offset, dictionary);
        }

        ulong content = ReadLittle(header.Slice(position + dictionarySize, contentBytes)) + (contentFlag == 1 ? 256u : 0u);
        return new FrameHeader(length, singleSegment ? content : window, content, contentBytes > 0, (descriptor & 4) != 0);
    }

    private static ulong WindowOf(byte descriptor)
    {
        ulong power = 1UL << (10 + (descriptor >> 3));
        return power + (power >> 3) * (ulong)(descriptor & 7);
    }

    private static ulong ReadLittle(ReadOnlySpan<byte> bytes)
    {
        Span<byte> padded = stackalloc byte[8];
        padded.Clear();
        bytes.CopyTo(padded);
        return BinaryPrimitives.ReadUInt64LittleEndian(padded);
    }
}
