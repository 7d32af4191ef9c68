using System.Diagnostics.CodeAnalysis;

namespace HighPerf.Kafka.Protocol.Compression.Zstd;

/// <summary>What is said about zstd data that is not good. Offsets count from the start of the compressed input.</summary>
internal static class ZstdError
{
    private const string Codec = "zstd";

    [DoesNotReturn]
    public static void Corrupt(long offset, string what) => CorruptData.Throw(Codec, offset, what);

    [DoesNotReturn]
    public static void Truncated(long offset, string what) => CorruptData.Throw(Codec, offset, "truncated, " + what);

    [DoesNotReturn]
    public static void TooLarge(long offset, int maxOutputLength) => CorruptData.ThrowTooLarge(Codec, offset, maxOutputLength);

    [DoesNotReturn]
    public static void Dictionary(long offset, uint id) =>
        CorruptData.Throw(Codec, offset, $"the frame needs dictionary {id}, and Kafka data is compressed without dictionaries");
}
