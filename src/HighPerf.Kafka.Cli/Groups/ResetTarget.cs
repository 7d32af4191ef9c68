namespace HighPerf.Kafka.Cli.Groups;

/// <summary>Where a reset takes a group: the kind, and its offset, milliseconds since 1970, or distance.</summary>
internal readonly record struct ResetTarget(ResetKind Kind, long Value = 0);
