namespace HighPerf.Kafka.Cli.Groups;

/// <summary>Where a reset takes a group.</summary>
internal enum ResetKind
{
    Earliest,
    Latest,
    Offset,
    Time,
    Shift,
}
