namespace HighPerf.Kafka.Testing.Fetching;

/// <summary>
/// An incremental fetch session (KIP-227): the client names only what changes in its wishes, the broker only what changes in its partitions. Each request has
/// the next epoch, so that both know when they have lost each other. Owner: the cluster's loop.
/// </summary>
internal sealed class FetchSession
{
    /// <summary>The epoch that wants no session, and closes the one it names.</summary>
    public const int NoSession = -1;

    /// <summary>The epoch that wants a new session.</summary>
    public const int NewSession = 0;

    /// <summary>The session id that means none.</summary>
    public const int NoId = 0;

    public FetchSession(int id, bool isPrivileged, bool usesTopicIds, FetchPartitionSet partitions, long nowMs)
    {
        Id = id;
        IsPrivileged = isPrivileged;
        UsesTopicIds = usesTopicIds;
        Partitions = partitions;
        CreatedMs = nowMs;
        Touch(nowMs);
    }

    public int Id { get; }

    /// <summary>Whether it is a follower's: those drive out consumers' sessions and not the other way round.</summary>
    public bool IsPrivileged { get; }

    public bool UsesTopicIds { get; }

    public FetchPartitionSet Partitions { get; }

    /// <summary>The epoch that the next request must have.</summary>
    public int Epoch { get; private set; } = NextEpoch(NewSession);

    public long CreatedMs { get; }

    public long LastUsedMs { get; private set; }

    /// <summary>The number of partitions when it was last used, by which it is judged in an eviction.</summary>
    public int Size { get; private set; }

    /// <summary>Epochs wrap to 1, because 0 and -1 have meanings of their own.</summary>
    public static int NextEpoch(int epoch) => epoch == int.MaxValue ? 1 : epoch + 1;

    public void Touch(long nowMs)
    {
        LastUsedMs = nowMs;
        Size = Partitions.Count;
    }

    public void Advance() => Epoch = NextEpoch(Epoch);
}
