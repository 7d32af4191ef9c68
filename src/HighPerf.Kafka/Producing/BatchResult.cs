using System.Runtime.ExceptionServices;

namespace HighPerf.Kafka.Producing;

/// <summary>What became of a batch.</summary>
/// <param name="BaseOffset">The first record's offset; -1 when it is not known.</param>
/// <param name="LogAppendTime">The log's time in milliseconds since 1970; -1 when records keep their own.</param>
/// <param name="Error">Null when it was acknowledged.</param>
internal readonly record struct BatchResult(long BaseOffset, long LogAppendTime, ExceptionDispatchInfo? Error);
