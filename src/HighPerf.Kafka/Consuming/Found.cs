namespace HighPerf.Kafka.Consuming;

/// <summary>An answer about one partition's offset.</summary>
/// <param name="Offset">-1 when there is none.</param>
internal readonly record struct Found(ErrorCode Error, long Offset);
