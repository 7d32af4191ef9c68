namespace HighPerf.Kafka.Runtime;

/// <summary>A listening end of a <see cref="SimulatedNetwork"/>. Owner: the simulation's thread.</summary>
internal sealed class SimulatedListener(SimulatedNetwork network, string host, int port, EventLoop loop, ITransportAcceptor acceptor)
    : ITransportListener
{
    private bool _closed;

    public string Host => host;

    public int Port => port;

    public void Close()
    {
        _closed = true;
        network.Forget(this);
    }

    /// <summary>A client arrives; <paramref name="join"/> gets the server's end when the acceptor starts one.</summary>
    public void Offer(SimulatedConnection client, Action<SimulatedConnection> join) => loop.Post(new Arrival(this, client, join));

    private void Introduce(SimulatedConnection client, Action<SimulatedConnection> join)
    {
        SimulatedConnection? started = null;
        if (!_closed)
        {
            acceptor.OnAccepted((serverLoop, handler) =>
            {
                if (started is not null)
                {
                    throw new InvalidOperationException("An accepted connection is started once.");
                }

                started = new SimulatedConnection(network, network.NextId(), serverLoop, handler, $"client-{client.Id}");
                join(started);
                return started;
            });
        }

        if (started is null)
        {
            client.Fail(new IOException($"Cannot connect to {host}:{port} of the simulated network: the listener closed or turned the connection away."));
        }
    }

    private sealed class Arrival(SimulatedListener listener, SimulatedConnection client, Action<SimulatedConnection> join) : IThreadPoolWorkItem
    {
        public void Execute() => listener.Introduce(client, join);
    }
}
