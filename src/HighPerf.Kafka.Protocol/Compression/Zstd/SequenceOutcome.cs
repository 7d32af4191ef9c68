namespace HighPerf.Kafka.Protocol.Compression.Zstd;

/// <summary>How the execution of a block's sequences ended.</summary>
internal enum SequenceOutcome
{
    Done,
    OutputFull,
    OutOfLiterals,
    BadOffset,
    BadStream,
}
