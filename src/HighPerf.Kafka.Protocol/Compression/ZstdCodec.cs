using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression.Zstd;

namespace HighPerf.Kafka.Protocol.Compression;

/// <summary>Zstandard (RFC 8878), as a library of our own.</summary>
internal sealed class ZstdCodec : CompressionCodec
{
    private readonly ContextPool<ZstdDecoder> _decoders = new();
    private readonly ContextPool<ZstdEncoder> _encoders = new();

    public override CompressionType Type => CompressionType.Zstd;

    public override int DefaultLevel => 3;

    public override void Compress(ReadOnlySpan<byte> source, PooledBuffer destination, int level)
    {
        ZstdEncoder encoder = _encoders.Rent();
        try
        {
            encoder.Compress(source, destination, level);
        }
        finally
        {
            _encoders.Return(encoder);
        }
    }

    public override void Decompress(ReadOnlySpan<byte> source, PooledBuffer destination, int maxOutputLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxOutputLength);
        ZstdDecoder decoder = _decoders.Rent();
        try
        {
            decoder.Decompress(source, destination, maxOutputLength);
        }
        finally
        {
            _decoders.Return(decoder);
        }
    }
}
