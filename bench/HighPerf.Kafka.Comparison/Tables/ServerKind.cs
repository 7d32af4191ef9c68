namespace HighPerf.Kafka.Comparison.Tables;

/// <summary>What the clients produce to.</summary>
internal enum ServerKind
{
    /// <summary>The null broker, which throws bytes away: the client is the limit.</summary>
    Null,

    /// <summary>The null broker, which checks every batch: never timed.</summary>
    Verifying,

    /// <summary>The embedded cluster, which checks batches and forgets them.</summary>
    Discarding,

    /// <summary>The embedded cluster, which keeps them.</summary>
    Storing,

    /// <summary>The embedded cluster, which tells of every request: never timed.</summary>
    Telling,
}
