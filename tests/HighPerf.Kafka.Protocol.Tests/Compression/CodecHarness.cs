using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression;

namespace HighPerf.Kafka.Protocol.Tests.Compression;

/// <summary>Compresses and decompresses whole arrays, each time with fresh buffers.</summary>
internal static class CodecHarness
{
    public static byte[] Compress(CompressionCodec codec, ReadOnlySpan<byte> input, int? level = null)
    {
        using PooledBuffer compressed = new(new BufferPool());
        codec.Compress(input, compressed, level ?? codec.DefaultLevel);
        return compressed.WrittenSpan.ToArray();
    }

    public static byte[] Decompress(CompressionCodec codec, ReadOnlySpan<byte> compressed, int maxOutputLength = 64 * 1024 * 1024)
    {
        using PooledBuffer plain = new(new BufferPool());
        codec.Decompress(compressed, plain, maxOutputLength);
        return plain.WrittenSpan.ToArray();
    }

    /// <summary>The error's message, after checking that the input was refused as it should be: nothing appended, nothing large rented.</summary>
    public static string Refused(CompressionCodec codec, byte[] compressed, int maxOutputLength = 1024 * 1024)
    {
        BufferPool pool = new();
        using PooledBuffer plain = new(pool);
        plain.Write([1, 2, 3]);
        KafkaProtocolException error = Assert.Throws<KafkaProtocolException>(() => codec.Decompress(compressed, plain, maxOutputLength));
        Assert.Equal([1, 2, 3], plain.WrittenSpan.ToArray());
        Assert.True(plain.Capacity <= Math.Max((2L * maxOutputLength) + 8192, 8192), $"{plain.Capacity} bytes were rented for at most {maxOutputLength}");
        return error.Message;
    }
}
