using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Simulation.Tests.Histories;

/// <summary>The network as one process sees it, which may die: then its connections are gone, and it makes no new ones.</summary>
internal sealed class MortalTransport(ITransport network) : ITransport
{
    private readonly List<Watched> _connections = [];
    private bool _isDead;

    /// <summary>Ends every connection at once; the other ends find out as they do.</summary>
    public void Die()
    {
        _isDead = true;
        foreach (Watched connection in _connections.ToArray())
        {
            connection.Die();
        }
    }

    ITransportConnection ITransport.Connect(string host, int port, EventLoop loop, ITransportHandler handler)
    {
        Watched watched = new(this, loop, handler);
        _connections.Add(watched);
        return network.Connect(_isDead ? "nowhere" : host, port, loop, watched);
    }

    ITransportListener ITransport.Listen(string host, int port, EventLoop loop, ITransportAcceptor acceptor) => network.Listen(host, port, loop, acceptor);

    private sealed class Watched(MortalTransport owner, EventLoop loop, ITransportHandler handler) : ITransportHandler, IThreadPoolWorkItem
    {
        public void Die() => loop.Post(this);

        void IThreadPoolWorkItem.Execute()
        {
            if (owner._connections.Contains(this))
            {
                handler.OnFaulted(new IOException("The process is dead."));
            }
        }

        public void OnConnected() => handler.OnConnected();

        public void OnReceived(int count) => handler.OnReceived(count);

        public void OnSent() => handler.OnSent();

        public void OnFaulted(Exception error) => handler.OnFaulted(error);

        public void OnClosed()
        {
            owner._connections.Remove(this);
            handler.OnClosed();
        }
    }
}
