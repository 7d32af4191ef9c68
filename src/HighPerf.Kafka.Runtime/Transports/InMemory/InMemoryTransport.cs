namespace HighPerf.Kafka.Runtime;

/// <summary>
/// A network inside the process, for loops on real threads: every instance is a network of its own, host names mean nothing but equality (ignoring
/// case). Bytes are copied through a bounded ring for each direction, so a sender that is faster than its reader is held up as on a real network.
/// Thread-safe.
/// </summary>
internal sealed class InMemoryTransport : ITransport
{
    /// <summary>How many bytes a direction holds for a reader that is not there yet: the size of a socket's buffer on a loopback interface.</summary>
    public const int DefaultCapacity = 64 * 1024;

    private const int FirstFreePort = 49152;
    private const int LastPort = 65535;

    private readonly Lock _gate = new();
    private readonly int _capacity;

    /// <summary>Guarded by <see cref="_gate"/>; looked up, never enumerated.</summary>
    private readonly Dictionary<(string Host, int Port), InMemoryListener> _listeners = [];

    /// <summary>Guarded by <see cref="_gate"/>.</summary>
    private int _nextPort = FirstFreePort;

    /// <param name="capacity">How many bytes each direction of a connection holds.</param>
    public InMemoryTransport(int capacity = DefaultCapacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        _capacity = capacity;
    }

    public ITransportConnection Connect(string host, int port, EventLoop loop, ITransportHandler handler)
    {
        InMemoryConnection connection = new(loop, handler, $"{host}:{port}");
        InMemoryListener? listener;
        lock (_gate)
        {
            _listeners.TryGetValue(Key(host, port), out listener);
        }

        if (listener is null)
        {
            connection.PostFault(Refused(host, port));
        }
        else
        {
            listener.Offer(connection, _capacity);
        }

        return connection;
    }

    public ITransportListener Listen(string host, int port, EventLoop loop, ITransportAcceptor acceptor)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(port);
        lock (_gate)
        {
            if (port == 0)
            {
                port = FreePort(host);
            }

            InMemoryListener listener = new(this, host, port, loop, acceptor);
            if (!_listeners.TryAdd(Key(host, port), listener))
            {
                throw new IOException(
                    $"Cannot listen on {host}:{port} of the in-memory network: the address is in use; choose another port, or 0 for a free one.");
            }

            return listener;
        }
    }

    internal static IOException Refused(string host, int port) => new(
        $"Cannot connect to {host}:{port} of the in-memory network: nothing listens there.");

    internal void Forget(InMemoryListener listener)
    {
        lock (_gate)
        {
            _listeners.Remove(Key(listener.Host, listener.Port));
        }
    }

    private static (string Host, int Port) Key(string host, int port) => (host.ToLowerInvariant(), port);

    private int FreePort(string host)
    {
        for (int tries = FirstFreePort; tries <= LastPort; tries++)
        {
            int port = _nextPort;
            _nextPort = port == LastPort ? FirstFreePort : port + 1;
            if (!_listeners.ContainsKey(Key(host, port)))
            {
                return port;
            }
        }

        throw new IOException($"No port of {host} is free in the in-memory network.");
    }
}
