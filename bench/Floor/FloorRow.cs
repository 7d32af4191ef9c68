namespace HighPerf.Kafka.Floor;

/// <summary>One measured row: a name and its figures in the order they are printed.</summary>
internal sealed record FloorRow(string Name, IReadOnlyList<(string Figure, double Value)> Figures);
