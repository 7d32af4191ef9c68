namespace HighPerf.Kafka.Groups;

/// <summary>
/// What a membership tells its consumer: what to give up, what is its own, and when nothing is. All on the session's loop; an answer may be given before the
/// call returns.
/// </summary>
internal interface IGroupListener
{
    /// <summary>
    /// What the consumer owns: what was assigned, less what it has given up or lost. Told to the group with the next JoinGroup.
    /// </summary>
    IReadOnlyList<TopicPartition> OwnedPartitions { get; }

    /// <summary>
    /// Before a JoinGroup goes out. Eager: every partition is given up first; cooperative: only what is not subscribed any more. Answered with
    /// <c>GroupMembership.PreparedToJoin</c>, when no commit is in flight any more (G4), at the latest at the deadline. Heartbeats go on meanwhile.
    /// A <see cref="Lost"/> or <see cref="Failed"/> in between ends it, unanswered; it is asked anew when it is to join again.
    /// </summary>
    /// <param name="deadline">On the loop's clock.</param>
    void PrepareToJoin(TimeSpan deadline, bool isEager);

    /// <summary>
    /// The partitions that are the consumer's in this generation: all of them, not only the new ones. Answered with
    /// <c>GroupMembership.AssignmentApplied</c> when those that are missing have been given up, at the latest at the deadline.
    /// </summary>
    /// <param name="deadline">On the loop's clock.</param>
    void Assigned(IReadOnlyList<TopicPartition> partitions, int generation, string memberId, TimeSpan deadline);

    /// <summary>Nothing is the consumer's any more, others may have it already: no commit is possible (G3).</summary>
    void Lost(KafkaException reason);

    /// <summary>
    /// The membership is over for good (fenced, not authorised, no common protocol): to be told to the reader. What was owned is lost, too; nothing else
    /// says so.
    /// </summary>
    void Failed(KafkaException fatal);

    /// <summary>
    /// Who the consumer is for commits from now on. May not commit: between a JoinGroup and the end of its SyncGroup, and when it is no member (G4).
    /// </summary>
    void IdentityChanged(string memberId, int generation, bool mayCommit);
}
