namespace HighPerf.Kafka.Simulation.Tests.Histories;

/// <summary>How large a history of a group is.</summary>
/// <param name="Members">At most so many at once.</param>
/// <param name="Partitions">Of its topic.</param>
/// <param name="Time">Of unrest, virtual.</param>
internal readonly record struct GroupSize(int Members, int Partitions, TimeSpan Time);
