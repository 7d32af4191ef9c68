namespace HighPerf.Kafka.Testing.Fetching;

/// <summary>What a fetch asks beyond its partitions, limits of the broker applied.</summary>
/// <param name="BrokerId">The broker that is asked.</param>
/// <param name="ReplicaId">The broker whose replica asks; below 0: a consumer.</param>
/// <param name="ReadCommitted">Whether only records of decided transactions are wanted.</param>
/// <param name="RackId">Where the consumer is; empty: it does not say, or the brokers do not care.</param>
internal readonly record struct FetchParameters(
    int BrokerId, short Version, int ReplicaId, bool ReadCommitted, string RackId, int MaxWaitMs, int MinBytes, int MaxBytes)
{
    private const short FirstFollowerFetchVersion = 11;

    /// <summary>A replica reads up to the end of the log; this cluster's own do not send requests, so this is somebody who debugs.</summary>
    public bool IsReplica => ReplicaId >= 0;

    /// <summary>Consumers of older versions do not know that they may read from a follower (KIP-392).</summary>
    public bool LeaderOnly => IsReplica || Version < FirstFollowerFetchVersion;
}
