namespace HighPerf.Kafka.Runtime;

/// <summary>
/// A way to carry bytes between a client and a cluster: TCP, or the in-memory network of an embedded cluster. Made by this library, not by its users;
/// pass the
/// one an embedded cluster gives. Thread-safe.
/// </summary>
public interface ITransport
{
    /// <summary>
    /// Begins to connect. The outcome comes to <paramref name="handler"/> on <paramref name="loop"/>: <see cref="ITransportHandler.OnConnected"/> or
    /// <see cref="ITransportHandler.OnFaulted"/>. Returns the connection at once, so that it can be closed while it connects. Owner of the loop only.
    /// </summary>
    internal ITransportConnection Connect(string host, int port, EventLoop loop, ITransportHandler handler);

    /// <summary>Listens. Port 0 chooses a free one. Any thread.</summary>
    /// <exception cref="IOException">The address is taken or not there.</exception>
    internal ITransportListener Listen(string host, int port, EventLoop loop, ITransportAcceptor acceptor);
}
