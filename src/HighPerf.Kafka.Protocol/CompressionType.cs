namespace HighPerf.Kafka;

/// <summary>How the records of a batch are compressed; the numbers are those of the batch attributes.</summary>
public enum CompressionType : byte
{
    /// <summary>Not compressed.</summary>
    None = 0,

    /// <summary>gzip (RFC 1952). Levels 1 to 9.</summary>
    Gzip = 1,

    /// <summary>snappy in the xerial stream framing. No levels.</summary>
    Snappy = 2,

    /// <summary>lz4 frames. Levels 1 to 17.</summary>
    Lz4 = 3,

    /// <summary>zstd frames (RFC 8878). Levels 1 to 22.</summary>
    Zstd = 4,
}
