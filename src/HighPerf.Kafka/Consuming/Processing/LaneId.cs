namespace HighPerf.Kafka.Consuming.Processing;

/// <summary>What shares a lane: a partition, or a key of it.</summary>
/// <param name="Cursor">The partition, as it was assigned.</param>
/// <param name="KeyHash">0 for the partition as a whole. Keys with the same hash share a lane, which only keeps more in order than it has to.</param>
internal readonly record struct LaneId(PartitionCursor Cursor, ulong KeyHash);
