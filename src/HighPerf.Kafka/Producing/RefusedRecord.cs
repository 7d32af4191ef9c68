namespace HighPerf.Kafka.Producing;

/// <summary>A record that a broker blames for refusing its batch (KIP-467).</summary>
/// <param name="Index">The record's number in the batch; within it.</param>
/// <param name="Message">What the broker said; empty when it said nothing.</param>
internal readonly record struct RefusedRecord(int Index, string Message);
