namespace HighPerf.Kafka.Simulation.Tests.Histories;

/// <summary>What a history came to.</summary>
/// <param name="Hash">Of every event: decisions of the scheduler, deliveries, bytes.</param>
internal sealed record HistoryResult(ulong Hash, long Events, TimeSpan VirtualTime, int Acknowledged, long Outstanding);
