namespace HighPerf.Kafka.Consuming;

/// <summary>An answer about one partition's offset.</summary>
/// <param name="Offset">-1 when there is none.</param>
/// <param name="LeaderEpoch">The leader epoch of the record before, as it was committed; -1 when it is not known.</param>
internal readonly record struct Found(ErrorCode Error, long Offset, int LeaderEpoch = -1);
