namespace HighPerf.Kafka.Comparison.Tables;

/// <summary>Where the programs are.</summary>
/// <param name="Hpk">hpk.dll.</param>
/// <param name="Comparison">This program.</param>
/// <param name="Floor">Floor.dll.</param>
internal sealed record Programs(string Hpk, string Comparison, string Floor, string NullBroker);
