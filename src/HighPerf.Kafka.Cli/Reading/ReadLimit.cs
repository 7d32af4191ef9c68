namespace HighPerf.Kafka.Cli.Reading;

/// <summary>When reading ends by itself.</summary>
/// <param name="Records">After so many; 0 for no limit.</param>
/// <param name="ExitsAtEnd">When the ends of the logs are reached.</param>
internal readonly record struct ReadLimit(long Records, bool ExitsAtEnd);
