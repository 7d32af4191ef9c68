namespace HighPerf.Kafka.Consuming.Committing;

/// <summary>What the commit pipeline asks of its driver. On the loop; none of it calls back into the pipeline but <see cref="Send"/>.</summary>
internal interface ICommitEffects
{
    /// <summary>
    /// One OffsetCommit is to go to the coordinator. Its content is asked for when it is written (<see cref="OffsetCommitPipeline.TryBegin"/>), so that it is
    /// what is right then. Ends with <see cref="OffsetCommitPipeline.EndAnswer"/> or <see cref="OffsetCommitPipeline.Failed"/>, which may come before this
    /// returns.
    /// </summary>
    void Send();

    /// <summary>An answer said that the broker does not coordinate the group (any more).</summary>
    void CoordinatorMoved(ErrorCode code);

    /// <summary>An answer says that metadata is stale: a topic, or its id, is not known.</summary>
    void MetadataIsStale();

    /// <summary>The coordinator refused a commit because of the membership it was made under (G2, G3).</summary>
    void MembershipRefused(ErrorCode code, CommitIdentity identity);

    /// <summary>A waiter is settled; null: committed. It leaves the pipeline, whether its outcome was decided before or not.</summary>
    void Settle(CommitWaiter waiter, Exception? error);

    /// <summary>A commit that nobody waits for was refused for good.</summary>
    void NotCommitted(KafkaException error);

    /// <summary>Something that was waited for is over: the call is made in a turn of the loop of its own.</summary>
    void Tell(Action call);
}
