namespace HighPerf.Kafka.Testing.Fetching;

/// <summary>What a fetch asks of one partition. An epoch of -1 is not given.</summary>
internal readonly record struct FetchAsk(FetchTarget Target, long Offset, int MaxBytes, int LeaderEpoch, int LastFetchedEpoch);
