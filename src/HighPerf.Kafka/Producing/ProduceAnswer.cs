namespace HighPerf.Kafka.Producing;

/// <summary>What a broker said of one batch.</summary>
/// <param name="BaseOffset">The first record's offset; -1 when it is not known.</param>
/// <param name="LogAppendTime">The log's time in milliseconds since 1970; -1 when records keep their own.</param>
/// <param name="LogStartOffset">Where the partition's log begins; -1 when the broker does not say.</param>
/// <param name="NamesRecords">Whether it says which records are to blame (KIP-467).</param>
internal readonly record struct ProduceAnswer(
    ErrorCode Error, long BaseOffset = -1, long LogAppendTime = -1, long LogStartOffset = -1, bool NamesRecords = false);
