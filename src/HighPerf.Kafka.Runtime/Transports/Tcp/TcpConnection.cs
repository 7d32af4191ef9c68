using System.Net.Sockets;

namespace HighPerf.Kafka.Runtime;

/// <summary>
/// One TCP connection. Everything here belongs to the loop; the kernel's completions come as items of the loop. Steady state allocates nothing: two
/// reused operations, one for each direction.
/// </summary>
/// <remarks>
/// Closing makes the kernel let go of what is under way; each such operation still completes. When the last one has, no buffer is held any more, and
/// <see cref="ITransportHandler.OnClosed"/> is posted. A fault is told once and ends all other news but that. Disposing a socket on Unix while it
/// receives makes the framework reset the connection, and the other end loses what it was sent before. So a close with nothing but a receive under
/// way shuts down first, which completes the receive, and disposes then.
/// </remarks>
internal sealed class TcpConnection : ITransportConnection
{
    /// <summary>More segments than this make the framework allocate its vector on the heap instead of the stack, for each send.</summary>
    private const int MaxGathered = 8;

    private readonly EventLoop _loop;
    private readonly ITransportHandler _handler;
    private readonly TcpOperation _receive;
    private readonly TcpOperation _send;
    private readonly List<ArraySegment<byte>> _gathered = new(MaxGathered);

    private Socket? _socket;
    private int _pending;
    private bool _closing;
    private bool _closedPosted;
    private Exception? _fault;

    /// <summary>What is being sent: the user's list, and how far it is sent. Null: nothing.</summary>
    private List<ArraySegment<byte>>? _sending;
    private int _sentSegments;
    private int _sentBytes;

    public TcpConnection(EventLoop loop, ITransportHandler handler, string remoteName)
    {
        _loop = loop;
        _handler = handler;
        RemoteName = remoteName;
        _receive = new TcpOperation(loop, OnReceiveCompleted);
        _send = new TcpOperation(loop, OnSendCompleted);
    }

    public string RemoteName { get; }

    /// <summary>While it connects.</summary>
    internal TcpConnector? Connector { get; set; }

    public bool Receive(Memory<byte> buffer, out int count)
    {
        count = 0;
        if (buffer.IsEmpty)
        {
            throw new ArgumentException("The buffer is empty; 0 bytes would look like the other end's close.", nameof(buffer));
        }

        if (!IsUsable)
        {
            return false;
        }

        _receive.SetBuffer(buffer);
        if (_socket!.ReceiveAsync(_receive))
        {
            _pending++;
            return false;
        }

        if (_receive.SocketError != SocketError.Success)
        {
            PostFault(TcpErrors.Lost(RemoteName, "receiving", _receive.SocketError));
            return false;
        }

        count = _receive.BytesTransferred;
        return true;
    }

    public bool Send(List<ArraySegment<byte>> buffers)
    {
        if (!IsUsable)
        {
            return false;
        }

        if (_sending is not null)
        {
            throw new InvalidOperationException($"A send to {RemoteName} is under way; there is one at a time.");
        }

        _sending = buffers;
        _sentSegments = 0;
        _sentBytes = 0;
        SocketError error = ContinueSend(out bool done);
        if (error != SocketError.Success)
        {
            PostFault(TcpErrors.Lost(RemoteName, "sending", error));
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
        Connector?.Stop();
        if (_pending == 0 || _sending is not null || !TryShutdown())
        {
            _socket?.Dispose();
        }

        FinishClose();
    }

    /// <summary>The connection is there: from the connector, or accepted.</summary>
    internal void Opened(Socket socket)
    {
        _socket = socket;
        if (Connector is not null)
        {
            Connector = null;
            _handler.OnConnected();
        }
    }

    internal void FailConnect(IOException error)
    {
        _fault = error;
        _handler.OnFaulted(error);
    }

    internal void BeginOperation() => _pending++;

    internal void EndOperation()
    {
        _pending--;
        FinishClose();
    }

    private bool IsUsable
    {
        get
        {
            if (_socket is null && !_closing && _fault is null)
            {
                throw new InvalidOperationException($"The connection to {RemoteName} is not there yet; wait for OnConnected.");
            }

            return !_closing && _fault is null;
        }
    }

    private void OnReceiveCompleted(TcpOperation operation)
    {
        if (!_closing && _fault is null)
        {
            if (operation.SocketError == SocketError.Success)
            {
                // Not pending any more before the handler runs: it may receive again or close.
                _pending--;
                _handler.OnReceived(operation.BytesTransferred);
                return;
            }

            _fault = TcpErrors.Lost(RemoteName, "receiving", operation.SocketError);
            _pending--;
            _handler.OnFaulted(_fault);
            return;
        }

        EndOperation();
    }

    private void OnSendCompleted(TcpOperation operation)
    {
        if (_closing || _fault is not null)
        {
            EndOperation();
            return;
        }

        _pending--;
        SocketError error = operation.SocketError;
        bool done = false;
        if (error == SocketError.Success)
        {
            Advance(operation.BytesTransferred);
            error = ContinueSend(out done);
        }

        if (error != SocketError.Success)
        {
            _fault = TcpErrors.Lost(RemoteName, "sending", error);
            _handler.OnFaulted(_fault);
        }
        else if (done)
        {
            _handler.OnSent();
        }
    }

    /// <summary>Sends until everything is sent or the kernel takes no more at once.</summary>
    private SocketError ContinueSend(out bool done)
    {
        done = false;
        while (GatherNext())
        {
            if (_socket!.SendAsync(_send))
            {
                _pending++;
                return SocketError.Success;
            }

            if (_send.SocketError != SocketError.Success)
            {
                return _send.SocketError;
            }

            Advance(_send.BytesTransferred);
        }

        _sending = null;
        done = true;
        return SocketError.Success;
    }

    /// <summary>Makes the next segments ready to send; false when none is left.</summary>
    private bool GatherNext()
    {
        List<ArraySegment<byte>> sending = _sending!;
        _gathered.Clear();
        for (int i = _sentSegments; i < sending.Count && _gathered.Count < MaxGathered; i++)
        {
            ArraySegment<byte> segment = i == _sentSegments ? sending[i].Slice(_sentBytes) : sending[i];
            if (segment.Count > 0)
            {
                _gathered.Add(segment);
            }
        }

        if (_gathered.Count == 0)
        {
            return false;
        }

        if (_gathered.Count == 1)
        {
            // One buffer needs no vector and no handles.
            ArraySegment<byte> only = _gathered[0];
            if (_send.BufferList is not null)
            {
                _send.BufferList = null;
            }

            _send.SetBuffer(only.Array, only.Offset, only.Count);
            return true;
        }

        if (_send.Buffer is not null)
        {
            _send.SetBuffer(null, 0, 0);
        }

        _send.BufferList = _gathered;
        return true;
    }

    private void Advance(int bytes)
    {
        List<ArraySegment<byte>> sending = _sending!;
        bytes += _sentBytes;
        while (_sentSegments < sending.Count && bytes >= sending[_sentSegments].Count)
        {
            bytes -= sending[_sentSegments].Count;
            _sentSegments++;
        }

        _sentBytes = bytes;
    }

    private void PostFault(Exception error)
    {
        _fault = error;
        _loop.Post(new FaultNotice(this));
    }

    /// <summary>
    /// Ends both directions, so that a receive under way completes. False where that does not help: the socket is not connected, or the system is
    /// Windows.
    /// </summary>
    private bool TryShutdown()
    {
        if (_socket is null || OperatingSystem.IsWindows())
        {
            return false;
        }

        try
        {
            _socket.Shutdown(SocketShutdown.Both);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private void FinishClose()
    {
        if (!_closing || _pending > 0 || _closedPosted)
        {
            return;
        }

        _closedPosted = true;
        _socket?.Dispose();
        _sending = null;
        _receive.Dispose();
        _send.Dispose();
        _loop.Post(new ClosedNotice(_handler));
    }

    private sealed class FaultNotice(TcpConnection connection) : IThreadPoolWorkItem
    {
        public void Execute()
        {
            if (!connection._closing)
            {
                connection._handler.OnFaulted(connection._fault!);
            }
        }
    }

    private sealed class ClosedNotice(ITransportHandler handler) : IThreadPoolWorkItem
    {
        public void Execute() => handler.OnClosed();
    }
}
