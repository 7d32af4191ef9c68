namespace HighPerf.Kafka.Groups;

/// <summary>What the membership machine wants done.</summary>
internal enum MembershipActionKind
{
    /// <summary>The coordinator is to be found; told by <see cref="ClassicMembership.CoordinatorFound"/>.</summary>
    FindCoordinator,

    /// <summary>An answer said that the coordinator moved (<see cref="MembershipAction.Code"/>).</summary>
    CoordinatorMoved,

    /// <summary>The consumer gives up what it must, until <see cref="MembershipAction.Deadline"/>.</summary>
    PrepareToJoin,

    /// <summary>JoinGroup, because of <see cref="MembershipAction.Reason"/>.</summary>
    SendJoin,

    /// <summary>The assignment for the members of <see cref="MembershipAction.Joined"/> is to be made.</summary>
    Plan,

    /// <summary>As leader of a generation that stays as it is: only to be watched for changed topics.</summary>
    Watch,

    /// <summary>SyncGroup, with <see cref="MembershipAction.Assignments"/>.</summary>
    SendSync,

    SendHeartbeat,

    /// <summary>LeaveGroup; past the connection on which a request waits, where <see cref="MembershipAction.IsBeside"/>.</summary>
    SendLeave,

    /// <summary>The member has been told that it is out, or need not be.</summary>
    LeaveDone,

    /// <summary>Who the consumer is for commits has changed.</summary>
    IdentityChanged,

    /// <summary><see cref="MembershipAction.Partitions"/> are the consumer's.</summary>
    Assigned,

    /// <summary>Nothing is the consumer's any more (<see cref="MembershipAction.Error"/>).</summary>
    Lost,

    /// <summary>It is over (<see cref="MembershipAction.Error"/>).</summary>
    Failed,
}
