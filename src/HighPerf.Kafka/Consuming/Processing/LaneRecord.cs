namespace HighPerf.Kafka.Consuming.Processing;

/// <summary>A record on its way to its handler.</summary>
internal readonly record struct LaneRecord<TKey, TValue>(ConsumedRecord<TKey, TValue> Record, PartitionProgress Progress, long Ticket);
