namespace HighPerf.Kafka.Cli.Measuring.Consuming;

/// <summary>That every byte of a key or value was read: their sum, and how many they were.</summary>
internal readonly record struct BytesSeen(ulong Sum, int Length);
