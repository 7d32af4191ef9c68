using HighPerf.Kafka.Protocol.Buffers;

namespace HighPerf.Kafka.Protocol.Compression.Zstd;

/// <summary>
/// zstd (RFC 8878). Every valid frame is read but those that need a dictionary: any level, any window, content sizes, checksums, skippable frames,
/// several frames in a row. Levels up to 1 are written with one hash table, all others as level 3.
/// </summary>
internal sealed class ZstdCodec : CompressionCodec
{
    private readonly ScratchPool<ZstdDecoder> _decoders = new(static () => new ZstdDecoder(), Environment.ProcessorCount);
    private readonly ScratchPool<ZstdEncoder> _encoders = new(static () => new ZstdEncoder(), Environment.ProcessorCount);

    public override CompressionType Type => CompressionType.Zstd;

    public override int DefaultLevel => 3;

    public override void Compress(ReadOnlySpan<byte> source, PooledBuffer destination, int level)
    {
        ZstdEncoder encoder = _encoders.Rent();
        encoder.Compress(source, destination, level);
        _encoders.Return(encoder);
    }

    public override void Decompress(ReadOnlySpan<byte> source, PooledBuffer destination, int maxOutputLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxOutputLength);
        ZstdDecoder decoder = _decoders.Rent();
        decoder.Decompress(source, destination, maxOutputLength);
        _decoders.Return(decoder);
    }
}
