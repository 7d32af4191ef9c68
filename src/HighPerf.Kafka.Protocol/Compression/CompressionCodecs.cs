using HighPerf.Kafka.Protocol.Compression.Gzip;
using HighPerf.Kafka.Protocol.Compression.Lz4;
using HighPerf.Kafka.Protocol.Compression.Snappy;
using HighPerf.Kafka.Protocol.Compression.Zstd;

namespace HighPerf.Kafka.Protocol.Compression;

/// <summary>The codecs of one client, with the scratch memory they keep. Thread-safe.</summary>
internal sealed class CompressionCodecs
{
    /// <summary>The most bytes that one batch may decompress to; more is refused as a decompression bomb.</summary>
    public int MaxDecompressedLength { get; init; } = 256 * 1024 * 1024;

    public GzipCodec Gzip { get; } = new();

    public SnappyCodec Snappy { get; } = new();

    public Lz4Codec Lz4 { get; } = new();

    public ZstdCodec Zstd { get; } = new();

    /// <summary>For message sets of magic 0 only: their lz4 frames carry a header checksum that was computed wrongly.</summary>
    public Lz4Codec LegacyLz4 { get; } = new(acceptLegacyHeaderChecksum: true);

    /// <exception cref="KafkaProtocolException">The number is no compression that Kafka knows.</exception>
    /// <exception cref="ArgumentException"><see cref="CompressionType.None"/>, which has no codec.</exception>
    public CompressionCodec Get(CompressionType type) => type switch
    {
        CompressionType.Gzip => Gzip,
        CompressionType.Snappy => Snappy,
        CompressionType.Lz4 => Lz4,
        CompressionType.Zstd => Zstd,
        CompressionType.None => throw new ArgumentException("Data that is not compressed needs no codec.", nameof(type)),
        _ => throw new KafkaProtocolException(
            $"The compression number {(byte)type} is not known: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd. The batch is corrupt or from a newer Kafka."),
    };
}
