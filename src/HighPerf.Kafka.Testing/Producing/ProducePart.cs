namespace HighPerf.Kafka.Testing.Producing;

/// <summary>The records of one partition in a Produce body: where they lie, a length of -1 for null.</summary>
internal readonly record struct ProducePart(int Partition, int Start, int Length);
