using System.Diagnostics.CodeAnalysis;

namespace HighPerf.Kafka.Protocol.Compression;

/// <summary>The one place that words what is wrong with compressed data: codec, what, and where in the compressed input.</summary>
internal static class CorruptData
{
    /// <param name="offset">Where in the compressed input the reading stopped.</param>
    [DoesNotReturn]
    public static void Throw(string codec, long offset, string what, Exception? cause = null) =>
        throw new KafkaProtocolException($"Corrupt {codec} data at offset {offset} of the compressed input: {what}.", cause);

    [DoesNotReturn]
    public static void ThrowTooLarge(string codec, long offset, int maxOutputLength) =>
        throw new KafkaProtocolException(
            $"The {codec} data decompresses to more than the {maxOutputLength} bytes allowed (seen at offset {offset} of the compressed input). "
            + "It may be a decompression bomb; if it is not, allow larger batches.");
}
