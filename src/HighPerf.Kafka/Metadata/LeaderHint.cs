namespace HighPerf.Kafka.Metadata;

/// <summary>Where a broker that is asked in vain says that a partition's leader is (KIP-951).</summary>
/// <param name="Topic">The topic's name.</param>
internal readonly record struct LeaderHint(string Topic, int Partition, int Leader, int LeaderEpoch);
