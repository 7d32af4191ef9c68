namespace HighPerf.Kafka.Runtime;

/// <summary>A listening end of an <see cref="InMemoryTransport"/>. Connections come in on its loop.</summary>
internal sealed class InMemoryListener(InMemoryTransport network, string host, int port, EventLoop loop, ITransportAcceptor acceptor)
    : ITransportListener
{
    /// <summary>Written by any thread, once.</summary>
    private volatile bool _closed;

    public string Host => host;

    public int Port => port;

    public void Close()
    {
        if (!_closed)
        {
            _closed = true;
            network.Forget(this);
        }
    }

    /// <summary>A client wants in. Any thread.</summary>
    public void Offer(InMemoryConnection client, int capacity) => loop.Post(new Arrival(this, client, capacity));

    private void Introduce(InMemoryConnection client, int capacity)
    {
        InMemoryConnection? started = null;
        if (!_closed)
        {
            acceptor.OnAccepted((serverLoop, handler) =>
            {
                if (started is not null)
                {
                    throw new InvalidOperationException("An accepted connection is started once.");
                }

                started = new InMemoryConnection(serverLoop, handler, "in-memory client");
                InMemoryChannel toServer = new(capacity, writer: client, reader: started);
                InMemoryChannel toClient = new(capacity, writer: started, reader: client);
                started.Attach(incoming: toServer, outgoing: toClient);
                client.PostConnected(incoming: toClient, outgoing: toServer);
                return started;
            });
        }

        if (started is null)
        {
            client.PostFault(InMemoryTransport.Refused(host, port));
        }
    }

    private sealed class Arrival(InMemoryListener listener, InMemoryConnection client, int capacity) : IThreadPoolWorkItem
    {
        public void Execute() => listener.Introduce(client, capacity);
    }
}
