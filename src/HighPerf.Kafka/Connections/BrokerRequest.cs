namespace HighPerf.Kafka.Connections;

/// <summary>
/// One request on its way through a connection. Its user gives it to a connection or a link once per attempt; from then until exactly one of
/// <see cref="OnResponse"/> (returning), <see cref="OnFailed"/> or <see cref="OnWritten"/> has run, it belongs to the connection. All members are called on
/// the connection's loop.
/// </summary>
internal abstract class BrokerRequest
{
    public abstract ApiKey ApiKey { get; }

    /// <summary>The lowest and highest version the user can encode and decode; the highest that the broker has too is taken.</summary>
    public abstract short LowestVersion { get; }

    public abstract short HighestVersion { get; }

    /// <summary>
    /// The version to use where <paramref name="highest"/> is the highest that both sides have: that one, or a lower one that says the same, when servers that
    /// stop there are known to have it wrong.
    /// </summary>
    public virtual short Settle(short highest) => highest;

    /// <summary>False for a Produce with acks=0: the broker never answers it (P15).</summary>
    public virtual bool ExpectsResponse => true;

    /// <summary>
    /// From being given to the connection until the answer is there: queueing, sending and the time the broker may take, such as a fetch's longest wait.
    /// </summary>
    public abstract TimeSpan Timeout { get; }

    /// <summary>When <see cref="Timeout"/> ends, on the loop's clock. Owner: the connection.</summary>
    internal TimeSpan Deadline { get; set; }

    /// <summary>Whether the version uses compact types and tagged fields; decides the header's version.</summary>
    public abstract bool IsFlexible(short version);

    /// <summary>
    /// Writes the body: control bytes into the writer's pages, record bytes by reference. What is referenced must live, unchanged, until the request is
    /// complete.
    /// </summary>
    /// <exception cref="KafkaException">A field holds a value that the version cannot carry; the request fails alone, the connection lives on.</exception>
    public abstract void Encode(RequestWriter output, short version);

    /// <summary>The answer. Returns the throttle time in milliseconds that it names, 0 for none.</summary>
    /// <exception cref="KafkaProtocolException">The body is malformed. The connection is closed, and <see cref="OnFailed"/> follows.</exception>
    public abstract int OnResponse(in ResponseBody body, short version);

    /// <summary>
    /// There will be no answer. May be called before the call that sent the request returns.
    /// </summary>
    /// <param name="maybeSent">Whether the broker may have received, and applied, the request (P6).</param>
    public abstract void OnFailed(KafkaException error, bool maybeSent);

    /// <summary>For a request without answer only: all its bytes were handed to the network.</summary>
    public virtual void OnWritten()
    {
    }
}
