namespace HighPerf.Kafka.Protocol.Compression.Zstd;

/// <summary>The three numbers of a sequence, each with its own FSE table, in the order in which their tables are described.</summary>
internal enum SequencePart
{
    LiteralLength,
    Offset,
    MatchLength,
}
