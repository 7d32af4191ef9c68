namespace HighPerf.Kafka.Consuming.Processing;

/// <summary>A record on its way to its handler.</summary>
/// <param name="Record">As the handler gets it.</param>
/// <param name="Cursor">Its partition, as it was assigned when the record was read.</param>
/// <param name="Offset">Where it stands.</param>
/// <param name="Progress">What its end moves.</param>
/// <param name="Ticket">Its place in the progress.</param>
internal readonly record struct LaneRecord<TRecord>(TRecord Record, PartitionCursor Cursor, long Offset, PartitionProgress Progress, long Ticket);
