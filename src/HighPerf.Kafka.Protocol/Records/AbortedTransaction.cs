namespace HighPerf.Kafka.Protocol.Records;

/// <summary>An entry of the list of aborted transactions that Fetch answers under read_committed.</summary>
/// <param name="FirstOffset">The offset of its first record in the partition.</param>
internal readonly record struct AbortedTransaction(long ProducerId, long FirstOffset);
