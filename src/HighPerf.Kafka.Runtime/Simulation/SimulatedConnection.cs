namespace HighPerf.Kafka.Runtime;

/// <summary>
/// One end of a simulated connection: what its user sees. The bytes travel in two <see cref="SimulatedChannel"/>s. Completions are items of the loop,
/// and are dropped there when the connection was closed or has faulted meanwhile, as the contract asks. Owner: the simulation's thread.
/// </summary>
internal sealed class SimulatedConnection : ITransportConnection
{
    private readonly SimulatedNetwork _network;
    private readonly EventLoop _loop;
    private readonly ITransportHandler _handler;

    private SimulatedChannel? _incoming;
    private SimulatedChannel? _outgoing;
    private SimulatedConnection? _other;
    private bool _connected;
    private bool _closing;
    private bool _faulted;

    /// <summary>The receive under way.</summary>
    private Memory<byte> _receiving;
    private bool _isReceiving;

    public SimulatedConnection(SimulatedNetwork network, ulong id, EventLoop loop, ITransportHandler handler, string remoteName)
    {
        _network = network;
        _loop = loop;
        _handler = handler;
        Id = id;
        RemoteName = remoteName;
    }

    public ulong Id { get; }

    public string RemoteName { get; }

    /// <summary>Lays the two directions between the ends.</summary>
    public static void Join(SimulatedConnection client, SimulatedConnection server)
    {
        client._outgoing = server._incoming = new SimulatedChannel(client._network, client, server);
        client._incoming = server._outgoing = new SimulatedChannel(client._network, server, client);
        client._other = server;
        server._other = client;
        server._connected = true;
        if (client._closing)
        {
            client._outgoing.EndWriting();
            client._incoming!.EndReading();
        }
    }

    public bool Receive(Memory<byte> buffer, out int count)
    {
        count = 0;
        if (buffer.IsEmpty)
        {
            throw new ArgumentException("The buffer is empty; 0 bytes would look like the other end's close.", nameof(buffer));
        }

        if (!IsUsable())
        {
            return false;
        }

        if (_isReceiving)
        {
            throw new InvalidOperationException("A receive is under way; there is one at a time.");
        }

        if (_incoming!.CanRead && _network.Random.Chance(_network.Plan.AtOnceProbability))
        {
            count = _incoming.Read(buffer.Span);
            return true;
        }

        _receiving = buffer;
        _isReceiving = true;
        if (_incoming.CanRead)
        {
            PostReceived();
        }

        return false;
    }

    public bool Send(List<ArraySegment<byte>> buffers) => IsUsable() && _outgoing!.Write(buffers);

    public void Close()
    {
        if (_closing)
        {
            return;
        }

        CheckOwner();
        _closing = true;
        _isReceiving = false;
        _receiving = default;
        _network.Log.Add(SimulatedEventKind.Close, Id);
        _outgoing?.EndWriting();
        _incoming?.EndReading();
        _network.Forget(this);
        _loop.Post(new Notice(_handler.OnClosed));
    }

    /// <summary>Both ends notice, each in its own way and time; what is under way is lost.</summary>
    public void BreakBoth()
    {
        _network.Log.Add(SimulatedEventKind.Fault, Id, 1);
        _network.Forget(this);
        _outgoing?.Break();
        _incoming?.Break();
    }

    public void StallBoth()
    {
        _network.Log.Add(SimulatedEventKind.Fault, Id, 2);
        _outgoing?.Stall();
        _incoming?.Stall();
    }

    internal void BecomeConnected()
    {
        Tell(() =>
        {
            _connected = true;
            _handler.OnConnected();
        });
    }

    /// <summary>Bytes or the end are there for the receive under way.</summary>
    internal void NoticeReadable()
    {
        if (_isReceiving)
        {
            PostReceived();
        }
    }

    internal void NoticeSent() => Tell(_handler.OnSent);

    internal void NoticeReset(string doing) => Fail(new IOException($"The connection to {RemoteName} was lost while {doing}: it was reset."));

    internal void Fail(Exception error) => Tell(() =>
    {
        _faulted = true;
        _handler.OnFaulted(error);
    });

    private bool IsUsable()
    {
        CheckOwner();
        if (!_connected && !_closing && !_faulted)
        {
            throw new InvalidOperationException($"The connection to {RemoteName} is not there yet; wait for OnConnected.");
        }

        return !_closing && !_faulted;
    }

    private void CheckOwner()
    {
        if (!_loop.IsOwner)
        {
            throw new InvalidOperationException($"The connection to {RemoteName} was used by code that does not own its loop.");
        }
    }

    private void PostReceived() => Tell(() =>
    {
        if (_isReceiving && _incoming!.CanRead)
        {
            _isReceiving = false;
            int count = _incoming.Read(_receiving.Span);
            _receiving = default;
            _handler.OnReceived(count);
        }
    });

    private void Tell(Action action) => _loop.Post(new Notice(() =>
    {
        if (!_closing && !_faulted)
        {
            action();
        }
    }));

    private sealed class Notice(Action action) : IThreadPoolWorkItem
    {
        public void Execute() => action();
    }
}
