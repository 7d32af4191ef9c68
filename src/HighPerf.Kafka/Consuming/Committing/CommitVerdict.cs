namespace HighPerf.Kafka.Consuming.Committing;

/// <summary>What an error code of an OffsetCommit answer asks for.</summary>
internal enum CommitVerdict
{
    /// <summary>The same may succeed later.</summary>
    Retry,

    /// <summary>The coordinator is to be looked up again.</summary>
    CoordinatorMoved,

    /// <summary>The group rebalances: the membership goes on, the commit is tried again.</summary>
    Rebalancing,

    /// <summary>The member is not known under this generation or name (any more): nothing is accepted until it is another one.</summary>
    MembershipEnded,

    /// <summary>It would be refused again.</summary>
    Refused,
}
