namespace HighPerf.Kafka.Testing.Logs;

/// <summary>A stretch of a segment. Who keeps it beyond the present item of the loop pins the segment.</summary>
internal readonly record struct LogSlice(LogSegment Segment, int Offset, int Count);
