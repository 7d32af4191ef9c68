using System.Buffers.Binary;

namespace HighPerf.Kafka.Protocol.Compression.Lz4;

/// <summary>
/// The head of an lz4 frame:
/// <code>
///   magic (u32 LE 0x184D2204) | FLG | BD | content size (u64 LE, if FLG.3) | dictionary id (u32, if FLG.0) | header checksum (1 byte)
///   FLG: 7-6 version = 01, 5 blocks are independent, 4 block checksums, 3 content size, 2 content checksum, 1 reserved, 0 dictionary id
///   BD:  7 reserved, 6-4 block size: 4 = 64 KiB, 5 = 256 KiB, 6 = 1 MiB, 7 = 4 MiB, 3-0 reserved
/// </code>
/// The header checksum is the second byte of the xxHash32 of FLG to dictionary id.
/// </summary>
internal readonly struct Lz4FrameHeader
{
    /// <summary>The shortest header, magic and checksum included.</summary>
    public const int MinLength = 7;

    private const int IndependentFlag = 1 << 5;
    private const int BlockChecksumFlag = 1 << 4;
    private const int ContentSizeFlag = 1 << 3;
    private const int ContentChecksumFlag = 1 << 2;
    private const int ReservedFlag = 1 << 1;
    private const int DictionaryFlag = 1;

    public bool IndependentBlocks { get; private init; }

    public bool BlockChecksums { get; private init; }

    public bool ContentChecksum { get; private init; }

    /// <summary>-1 when the frame does not say.</summary>
    public long ContentSize { get; private init; }

    public int MaxBlockSize { get; private init; }

    /// <summary>The length of the header, magic and checksum included.</summary>
    public int Length { get; private init; }

    /// <summary>
    /// The header that every frame of ours has: independent blocks of 64 KiB, no checksums (the batch has its own), no sizes; as Java's Kafka writes it.
    /// </summary>
    public static ReadOnlySpan<byte> Ours => [0x04, 0x22, 0x4D, 0x18, 0x60, 0x40, 0x82];

    /// <param name="frame">The input from the magic on.</param>
    /// <param name="offset">Where the frame stands in the whole input.</param>
    /// <param name="acceptLegacyChecksum">Also accept a checksum taken from the magic on, as clients wrote before Kafka 0.10.</param>
    public static Lz4FrameHeader Read(ReadOnlySpan<byte> frame, int offset, bool acceptLegacyChecksum)
    {
        if (frame.Length < MinLength)
        {
            CorruptData.Throw(Lz4Format.Name, offset + frame.Length, "the input ends within a frame header");
        }

        int flags = frame[4];
        int descriptor = frame[5];
        Validate(flags, descriptor, offset);
        bool hasSize = (flags & ContentSizeFlag) != 0;
        int length = MinLength + (hasSize ? 8 : 0);
        if (frame.Length < length)
        {
            CorruptData.Throw(Lz4Format.Name, offset + frame.Length, "the input ends within a frame header");
        }

        byte expected = frame[length - 1];
        byte actual = Checksum(frame[4..(length - 1)]);
        if (actual != expected && !(acceptLegacyChecksum && Checksum(frame[..(length - 1)]) == expected))
        {
            CorruptData.Throw(Lz4Format.Name, offset + length - 1, $"the frame header's checksum is 0x{expected:x2}, but its bytes give 0x{actual:x2}");
        }

        long contentSize = hasSize ? BinaryPrimitives.ReadInt64LittleEndian(frame[6..]) : -1;
        if (hasSize && contentSize < 0)
        {
            CorruptData.Throw(Lz4Format.Name, offset + 6, $"an impossible content size of {(ulong)contentSize} bytes");
        }

        return new Lz4FrameHeader
        {
            IndependentBlocks = (flags & IndependentFlag) != 0,
            BlockChecksums = (flags & BlockChecksumFlag) != 0,
            ContentChecksum = (flags & ContentChecksumFlag) != 0,
            ContentSize = contentSize,
            MaxBlockSize = 1 << (8 + (2 * ((descriptor >> 4) & 7))),
            Length = length,
        };
    }

    private static void Validate(int flags, int descriptor, int offset)
    {
        if (flags >> 6 != 1)
        {
            CorruptData.Throw(Lz4Format.Name, offset + 4, $"frame version {flags >> 6}; only version 1 exists");
        }

        if ((flags & ReservedFlag) != 0)
        {
            CorruptData.Throw(Lz4Format.Name, offset + 4, "a reserved flag is set in the frame header");
        }

        if ((flags & DictionaryFlag) != 0)
        {
            CorruptData.Throw(Lz4Format.Name, offset + 4, "the frame needs a dictionary, which Kafka does not have");
        }

        if ((descriptor & 0x8F) != 0 || descriptor >> 4 < 4)
        {
            CorruptData.Throw(Lz4Format.Name, offset + 5, $"a block descriptor of 0x{descriptor:x2}");
        }
    }

    private static byte Checksum(ReadOnlySpan<byte> bytes) => (byte)(XxHash32.Hash(bytes) >> 8);
}
