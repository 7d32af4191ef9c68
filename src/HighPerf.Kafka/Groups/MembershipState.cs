namespace HighPerf.Kafka.Groups;

/// <summary>Where a consumer stands with its group.</summary>
internal enum MembershipState
{
    /// <summary>No member, and not about to become one.</summary>
    Out,

    /// <summary>The consumer gives up what it may not take into the next generation. Heartbeats go on.</summary>
    Preparing,

    /// <summary>A JoinGroup is to be sent, or under way: the coordinator answers when everybody has joined.</summary>
    Joining,

    /// <summary>This member leads, and its assignment is being made. Heartbeats go on.</summary>
    Planning,

    /// <summary>A SyncGroup is under way: the coordinator answers when the leader has assigned.</summary>
    Syncing,

    /// <summary>A member of the generation, with an assignment. Heartbeats go on.</summary>
    Member,

    /// <summary>The group is being told, or has yet to be, that the member leaves.</summary>
    Leaving,

    /// <summary>The group will not have the consumer.</summary>
    Failed,
}
