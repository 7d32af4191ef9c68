using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Simulation.Tests.Histories;

/// <summary>The network as one process sees it, which may die: then its connections are gone, and it makes no new ones.</summary>
internal sealed class MortalTransport(ITransport network) : ITransport
{
    private readonly List<(ITransportConnection Connection, ITransportHandler Handler)> _connections = [];
    private bool _isDead;

    /// <summary>Ends every connection at once; the other ends find out as they do.</summary>
    public void Die()
    {
        _isDead = true;
        foreach ((ITransportConnection connection, ITransportHandler handler) in _connections.ToArray())
        {
            handler.OnFaulted(new IOException("The process is dead."));
        }
    }

    ITransportConnection ITransport.Connect(string host, int port, EventLoop loop, ITransportHandler handler)
    {
        Watched watched = new(this, handler);
        ITransportConnection connection = network.Connect(_isDead ? "nowhere" : host, port, loop, watched);
        watched.Connection = connection;
        _connections.Add((connection, handler));
        return connection;
    }

    ITransportListener ITransport.Listen(string host, int port, EventLoop loop, ITransportAcceptor acceptor) => network.Listen(host, port, loop, acceptor);

    private sealed class Watched(MortalTransport owner, ITransportHandler handler) : ITransportHandler
    {
        public ITransportConnection? Connection { get; set; }

        public void OnConnected() => handler.OnConnected();

        public void OnReceived(int count) => handler.OnReceived(count);

        public void OnSent() => handler.OnSent();

        public void OnFaulted(Exception error) => handler.OnFaulted(error);

        public void OnClosed()
        {
            owner._connections.RemoveAll(known => known.Connection == Connection);
            handler.OnClosed();
        }
    }
}
