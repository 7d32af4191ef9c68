using System.IO.Compression;
using HighPerf.Kafka.Protocol.Buffers;

namespace HighPerf.Kafka.Protocol.Compression.Gzip;

/// <summary>
/// gzip by the framework's zlib. Reading allocates nothing in steady state (<see cref="GzipDecoder"/>). Writing allocates the framework's stream
/// and its handle for every call, a few hundred bytes whatever the input's size: the framework offers no way to restart a compressor.
/// </summary>
internal sealed class GzipCodec : CompressionCodec
{
    private const int LowestLevel = 1;
    private const int HighestLevel = 9;

    private readonly ZLibCompressionOptions[] _options = new ZLibCompressionOptions[HighestLevel + 1];
    private readonly ScratchPool<BufferSinkStream> _sinks = new(static () => new BufferSinkStream(), Environment.ProcessorCount);
    private readonly ScratchPool<GzipDecoder> _decoders = new(static () => new GzipDecoder(), Environment.ProcessorCount);

    public GzipCodec()
    {
        for (int level = LowestLevel; level <= HighestLevel; level++)
        {
            _options[level] = new ZLibCompressionOptions { CompressionLevel = level };
        }
    }

    public override CompressionType Type => CompressionType.Gzip;

    public override int DefaultLevel => 6;

    private static ReadOnlySpan<byte> EmptyMember => [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    public override void Compress(ReadOnlySpan<byte> source, PooledBuffer destination, int level)
    {
        if (source.IsEmpty)
        {
            // The framework's stream writes nothing at all when it saw no bytes.
            destination.Write(EmptyMember);
            return;
        }

        BufferSinkStream sink = _sinks.Rent();
        sink.Target = destination;
        using (GZipStream stream = new(sink, _options[Math.Clamp(level, LowestLevel, HighestLevel)], leaveOpen: true))
        {
            stream.Write(source);
        }

        sink.Target = null;
        _sinks.Return(sink);
    }

    public override void Decompress(ReadOnlySpan<byte> source, PooledBuffer destination, int maxOutputLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxOutputLength);
        int start = destination.Length;
        GzipDecoder decoder = _decoders.Rent();
        try
        {
            decoder.Decode(source, destination, maxOutputLength);
        }
        catch
        {
            // The stream inside stands somewhere within a member; it cannot serve another input.
            decoder.Dispose();
            destination.Truncate(start);
            throw;
        }

        if (!_decoders.Return(decoder))
        {
            decoder.Dispose();
        }
    }
}
