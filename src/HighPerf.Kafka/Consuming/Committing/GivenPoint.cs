namespace HighPerf.Kafka.Consuming.Committing;

/// <summary>What a caller gave to be committed of a partition, until it is acknowledged or refused. Immutable.</summary>
/// <param name="Point">The place.</param>
/// <param name="Metadata">What is kept beside the offset, in UTF-8.</param>
internal sealed record GivenPoint(CommitPoint Point, byte[] Metadata);
