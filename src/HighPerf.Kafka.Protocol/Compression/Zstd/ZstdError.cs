using System.Diagnostics.CodeAnalysis;

namespace HighPerf.Kafka.Protocol.Compression.Zstd;

/// <summary>What is said about zstd data that is not good. Offsets count from the start of the compressed input.</summary>
internal static class ZstdError
{
    [DoesNotReturn]
    public static void Corrupt(long offset, string what) =>
        throw new KafkaProtocolException($"zstd: the data is corrupt at offset {offset}: {what}.");

    [DoesNotReturn]
    public static void Truncated(long offset, string what) =>
        throw new KafkaProtocolException($"zstd: the data is truncated at offset {offset}: {what}.");

    [DoesNotReturn]
    public static void TooLarge(long offset, int maxOutputLength) => throw new KafkaProtocolException(
        $"zstd: the data at offset {offset} decompresses to more than the {maxOutputLength} bytes that are allowed.");

    [DoesNotReturn]
    public static void ContentTooLarge(long offset, ulong contentSize, int maxOutputLength) => throw new KafkaProtocolException(
        $"zstd: the frame at offset {offset} claims {contentSize} bytes of content; more than the {maxOutputLength} bytes that are allowed would come out.");

    [DoesNotReturn]
    public static void Dictionary(long offset, uint id) => throw new KafkaProtocolException(
        $"zstd: the frame at offset {offset} needs dictionary {id}; Kafka data is compressed without dictionaries.");
}
