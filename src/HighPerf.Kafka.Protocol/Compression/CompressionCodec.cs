using HighPerf.Kafka.Protocol.Buffers;

namespace HighPerf.Kafka.Protocol.Compression;

/// <summary>
/// One compression format: a span in, a pooled buffer out, nothing allocated in steady state. Thread-safe: scratch tables are pooled by the codec.
/// </summary>
internal abstract class CompressionCodec
{
    public abstract CompressionType Type { get; }

    /// <summary>The level that stands for "the codec's default" in <see cref="Compress"/>.</summary>
    public abstract int DefaultLevel { get; }

    /// <summary>Appends the compressed form of <paramref name="source"/> to <paramref name="destination"/>.</summary>
    /// <param name="level">A level of the format; the codec maps one that it does not have to its nearest.</param>
    public abstract void Compress(ReadOnlySpan<byte> source, PooledBuffer destination, int level);

    /// <summary>Appends what <paramref name="source"/> was compressed from to <paramref name="destination"/>.</summary>
    /// <param name="maxOutputLength">The most bytes that may come out; more is a decompression bomb.</param>
    /// <exception cref="KafkaProtocolException">The data is corrupt, truncated, or larger than allowed: names the codec, what is wrong and the offset
    /// in the input.</exception>
    public abstract void Decompress(ReadOnlySpan<byte> source, PooledBuffer destination, int maxOutputLength);
}
