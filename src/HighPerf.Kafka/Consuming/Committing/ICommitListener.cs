namespace HighPerf.Kafka.Consuming.Committing;

/// <summary>Who is told what the committer finds out on its way. On the session's loop.</summary>
internal interface ICommitListener
{
    /// <summary>The coordinator refused a commit because of the membership it was made under (G2, G3, fenced).</summary>
    void OnMembershipRefused(ErrorCode code, int generation, string memberId);

    /// <summary>Metadata is stale: a topic, or its id, is not known to the coordinator.</summary>
    void OnMetadataStale();

    /// <summary>A commit that nobody waits for was refused for good.</summary>
    void OnNotCommitted(KafkaException error);
}
