namespace HighPerf.Kafka;

/// <summary>Where an acknowledged record is.</summary>
/// <param name="Topic">The topic.</param>
/// <param name="Partition">The partition.</param>
/// <param name="Offset">The offset; -1 when the broker did not tell it (acks = none, or a duplicate that was written before).</param>
/// <param name="Timestamp">The record's timestamp in milliseconds since 1970 (the broker's when the topic uses log-append time).</param>
public readonly record struct RecordMetadata(string Topic, int Partition, long Offset, long Timestamp);
