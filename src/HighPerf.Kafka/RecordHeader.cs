namespace HighPerf.Kafka;

/// <summary>A header of a record to send. Keys may repeat; a null value is not an empty one.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">The value, or null.</param>
public readonly record struct RecordHeader(string Key, ReadOnlyMemory<byte>? Value);
