namespace HighPerf.Kafka.Runtime;

/// <summary>One end of an in-memory connection. Belongs to its loop; the other end's thread only posts notices.</summary>
internal sealed class InMemoryConnection : ITransportConnection
{
    private readonly EventLoop _loop;
    private readonly ITransportHandler _handler;
    private readonly Notice _received;
    private readonly Notice _sent;

    private InMemoryChannel? _incoming;
    private InMemoryChannel? _outgoing;
    private bool _closing;
    private bool _faulted;

    /// <summary>Written by the other end before it posts the notice.</summary>
    private int _receivedCount;

    public InMemoryConnection(EventLoop loop, ITransportHandler handler, string remoteName)
    {
        _loop = loop;
        _handler = handler;
        RemoteName = remoteName;
        _received = new Notice(this, static connection => connection._handler.OnReceived(connection._receivedCount));
        _sent = new Notice(this, static connection => connection._handler.OnSent());
    }

    public string RemoteName { get; }

    public bool Receive(Memory<byte> buffer, out int count)
    {
        if (buffer.IsEmpty)
        {
            throw new ArgumentException("The buffer is empty; 0 bytes would look like the other end's close.", nameof(buffer));
        }

        count = 0;
        return IsUsable && _incoming!.Read(buffer, out count);
    }

    public bool Send(List<ArraySegment<byte>> buffers)
    {
        if (!IsUsable)
        {
            return false;
        }

        if (!_outgoing!.TryWrite(buffers, out bool done))
        {
            PostBroken("sending");
        }

        return done;
    }

    public void Close()
    {
        if (_closing)
        {
            return;
        }

        _closing = true;
        _outgoing?.EndWriting();
        _incoming?.EndReading();
        _loop.Post(new ClosedNotice(_handler));
    }

    /// <summary>Gives the connection its two directions. Before it is started, or on its loop.</summary>
    internal void Attach(InMemoryChannel incoming, InMemoryChannel outgoing)
    {
        _incoming = incoming;
        _outgoing = outgoing;
        if (_closing)
        {
            outgoing.EndWriting();
            incoming.EndReading();
        }
    }

    internal void PostConnected(InMemoryChannel incoming, InMemoryChannel outgoing) =>
        _loop.Post(new ConnectedNotice(this, incoming, outgoing));

    internal void PostReceived(int count)
    {
        _receivedCount = count;
        _loop.Post(_received);
    }

    internal void PostSent() => _loop.Post(_sent);

    internal void PostBroken(string doing) =>
        PostFault(new IOException($"The connection to {RemoteName} was lost while {doing}: the other end closed it."));

    internal void PostFault(Exception error) => _loop.Post(new FaultNotice(this, error));

    private bool IsUsable
    {
        get
        {
            if (_outgoing is null && !_closing && !_faulted)
            {
                throw new InvalidOperationException($"The connection to {RemoteName} is not there yet; wait for OnConnected.");
            }

            return !_closing && !_faulted;
        }
    }

    private sealed class Notice(InMemoryConnection connection, Action<InMemoryConnection> tell) : IThreadPoolWorkItem
    {
        public void Execute()
        {
            if (!connection._closing && !connection._faulted)
            {
                tell(connection);
            }
        }
    }

    private sealed class ConnectedNotice(InMemoryConnection connection, InMemoryChannel incoming, InMemoryChannel outgoing) : IThreadPoolWorkItem
    {
        public void Execute()
        {
            connection.Attach(incoming, outgoing);
            if (!connection._closing)
            {
                connection._handler.OnConnected();
            }
        }
    }

    private sealed class FaultNotice(InMemoryConnection connection, Exception error) : IThreadPoolWorkItem
    {
        public void Execute()
        {
            if (!connection._closing && !connection._faulted)
            {
                connection._faulted = true;
                connection._handler.OnFaulted(error);
            }
        }
    }

    private sealed class ClosedNotice(ITransportHandler handler) : IThreadPoolWorkItem
    {
        public void Execute() => handler.OnClosed();
    }
}
