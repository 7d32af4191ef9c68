namespace HighPerf.Kafka.Testing.Connections;

/// <summary>A request whose answer comes later (a long poll). It answers through its <see cref="RequestContext"/>, once, unless it was abandoned.</summary>
internal interface IParkedRequest
{
    /// <summary>The connection is gone: let go of everything, answer nothing.</summary>
    void Abandon();
}
