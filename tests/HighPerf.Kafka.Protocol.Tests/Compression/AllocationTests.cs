using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression;

namespace HighPerf.Kafka.Protocol.Tests.Compression;

public sealed class AllocationTests
{
    // What the framework's gzip stream, its deflater and its native handle take for each compression; measured, with some room.
    private const long GzipWriterBytes = 512;

    [Theory]
    [InlineData(CompressionType.Gzip, 6, GzipWriterBytes)]
    [InlineData(CompressionType.Snappy, 0, 0)]
    [InlineData(CompressionType.Lz4, 1, 0)]
    [InlineData(CompressionType.Lz4, 9, 0)]
    [InlineData(CompressionType.Zstd, 1, 0)]
    [InlineData(CompressionType.Zstd, 3, 0)]
    public void Compression_allocates_nothing_in_steady_state_and_gzip_only_the_frameworks_stream(CompressionType type, int level, long allowedPerCall)
    {
        byte[] json = CodecInputs.Json(200_000);
        CompressionCodec codec = new CompressionCodecs().Get(type);
        using PooledBuffer compressed = new(new BufferPool());
        long perCall = Measure(() =>
        {
            compressed.Reset();
            codec.Compress(json, compressed, level);
        });
        Assert.InRange(perCall, 0, allowedPerCall);
    }

    [Theory]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Snappy)]
    [InlineData(CompressionType.Lz4)]
    [InlineData(CompressionType.Zstd)]
    public void Decompression_allocates_nothing_in_steady_state(CompressionType type)
    {
        byte[] json = CodecInputs.Json(200_000);
        CompressionCodec codec = new CompressionCodecs().Get(type);
        byte[] compressed = CodecHarness.Compress(codec, json);
        using PooledBuffer plain = new(new BufferPool());
        long perCall = Measure(() =>
        {
            plain.Reset();
            codec.Decompress(compressed, plain, json.Length);
        });
        Assert.Equal(0, perCall);
    }

    private static long Measure(Action action)
    {
        // The least of several calls: now and then a collection empties the framework's own array pool, which then fills again.
        long least = long.MaxValue;
        for (int i = 0; i < 20; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            action();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
