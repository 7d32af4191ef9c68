namespace HighPerf.Kafka.Protocol.Compression.Lz4;

/// <summary>The numbers of the lz4 frame and block formats.</summary>
internal static class Lz4Format
{
    public const string Name = "lz4";

    public const uint Magic = 0x184D2204;
    public const uint SkippableMagic = 0x184D2A50;
    public const uint SkippableMask = 0xFFFFFFF0;

    /// <summary>The high bit of a block's size: the block is stored as it is.</summary>
    public const uint StoredBlock = 0x80000000;

    /// <summary>What we write, and what Java's Kafka writes: blocks of 64 KiB.</summary>
    public const int BlockSize = 64 * 1024;

    public const int ShortestMatch = 4;

    /// <summary>The last bytes of a block are always literals.</summary>
    public const int LastLiterals = 5;

    /// <summary>
    /// No match begins within the last 16 bytes. The format asks for 12; four more let the encoders copy literals 16 bytes at a time
    /// without reading past the block.
    /// </summary>
    public const int NoMatchWithin = 16;

    /// <summary>The most bytes that a block of this length can become, with the room that the encoders' wild copies need.</summary>
    public static int CompressedBound(int length) => length + (length / 255) + 16 + WildCopy.Slack;
}
