using System.Net;
using System.Net.Sockets;

namespace HighPerf.Kafka.Runtime;

/// <summary>A listening socket. Accepting belongs to the loop; <see cref="Close"/> is for any thread.</summary>
internal sealed class TcpListener : LoopTimer, ITransportListener, IThreadPoolWorkItem
{
    /// <summary>How long accepting rests when the process has no more sockets: those in use must first be given back.</summary>
    private static readonly TimeSpan RestWithoutSockets = TimeSpan.FromMilliseconds(100);

    private readonly Socket _socket;
    private readonly EventLoop _loop;
    private readonly ITransportAcceptor _acceptor;
    private readonly TcpOperation _accept;

    /// <summary>Written by any thread, once.</summary>
    private volatile bool _closed;

    public TcpListener(string host, Socket socket, EventLoop loop, ITransportAcceptor acceptor)
    {
        Host = host;
        Port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        _socket = socket;
        _loop = loop;
        _acceptor = acceptor;
        _accept = new TcpOperation(loop, OnCompleted);
    }

    public string Host { get; }

    public int Port { get; }

    public void Start() => _loop.Post(this);

    public void Close()
    {
        _closed = true;
        _socket.Dispose();
    }

    /// <summary>Begins to accept.</summary>
    public void Execute() => AcceptMore();

    /// <summary>Begins again after a rest.</summary>
    protected internal override void OnDue() => AcceptMore();

    private void AcceptMore()
    {
        while (!_closed)
        {
            _accept.AcceptSocket = null;
            try
            {
                if (_socket.AcceptAsync(_accept))
                {
                    return;
                }
            }
            catch (ObjectDisposedException)
            {
                // Closed by another thread since the check above.
                break;
            }

            if (!TakeAccepted())
            {
                return;
            }
        }

        _accept.Dispose();
    }

    private void OnCompleted(TcpOperation operation)
    {
        if (TakeAccepted())
        {
            AcceptMore();
        }
    }

    /// <summary>True: go on accepting.</summary>
    private bool TakeAccepted()
    {
        SocketError error = _accept.SocketError;
        Socket? accepted = _accept.AcceptSocket;
        switch (error)
        {
            case SocketError.Success when !_closed:
                Introduce(accepted!);
                return true;
            case SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Interrupted when !_closed:
                // One that came and went before it was accepted.
                return true;
            case SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable when !_closed:
                _loop.Arm(this, _loop.Now + RestWithoutSockets);
                return false;
            default:
                accepted?.Dispose();
                if (_closed)
                {
                    _accept.Dispose();
                    return false;
                }

                _closed = true;
                _socket.Dispose();
                _accept.Dispose();
                _acceptor.OnFaulted(TcpErrors.CannotAccept($"{Host}:{Port}", error));
                return false;
        }
    }

    private void Introduce(Socket socket)
    {
        TcpConnection? started = null;
        try
        {
            socket.NoDelay = true;
            string remote = socket.RemoteEndPoint?.ToString() ?? "unknown";
            _acceptor.OnAccepted((loop, handler) =>
            {
                if (started is not null)
                {
                    throw new InvalidOperationException("An accepted connection is started once.");
                }

                started = new TcpConnection(loop, handler, remote);
                started.Opened(socket);
                return started;
            });
        }
        catch (SocketException)
        {
            // The other end is gone already.
        }
        finally
        {
            if (started is null)
            {
                socket.Dispose();
            }
        }
    }
}
