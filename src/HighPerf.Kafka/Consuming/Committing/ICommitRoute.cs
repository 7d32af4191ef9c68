using HighPerf.Kafka.Connections;

namespace HighPerf.Kafka.Consuming.Committing;

/// <summary>The way to the group's coordinator, as the committer needs it. On the session's loop.</summary>
internal interface ICommitRoute
{
    /// <summary>
    /// Sends a request to the coordinator, once it is known. Waiting and answer together take no longer than the request's timeout. Its completion may come
    /// before this returns.
    /// </summary>
    void Send(BrokerRequest request);

    /// <summary>An answer said that this broker does not coordinate the group (any more).</summary>
    void Moved(ErrorCode code);
}
