namespace HighPerf.Kafka.Consuming.Committing;

/// <summary>The one table of what the codes of OffsetCommit answers mean. Stateless.</summary>
internal static class CommitVerdicts
{
    /// <param name="isMember">Whether the commit was made as a member of the group: who is none has no membership to mend.</param>
    public static CommitVerdict Of(ErrorCode code, bool isMember) => code switch
    {
        ErrorCode.NotCoordinator or ErrorCode.CoordinatorNotAvailable => CommitVerdict.CoordinatorMoved,
        ErrorCode.RebalanceInProgress => isMember ? CommitVerdict.Rebalancing : CommitVerdict.Retry,
        ErrorCode.IllegalGeneration or ErrorCode.UnknownMemberId or ErrorCode.StaleMemberEpoch =>
            isMember ? CommitVerdict.MembershipEnded : CommitVerdict.Refused,
        ErrorCode.CoordinatorLoadInProgress or ErrorCode.RequestTimedOut or ErrorCode.UnknownTopicOrPartition or ErrorCode.UnknownTopicId
            or ErrorCode.ThrottlingQuotaExceeded or ErrorCode.UnstableOffsetCommit or ErrorCode.KafkaStorageError or ErrorCode.NetworkException =>
            CommitVerdict.Retry,
        _ => CommitVerdict.Refused,
    };
}
