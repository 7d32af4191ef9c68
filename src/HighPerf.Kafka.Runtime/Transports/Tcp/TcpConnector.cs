using System.Net;
using System.Net.Sockets;

namespace HighPerf.Kafka.Runtime;

/// <summary>
/// Connects one connection: resolves the name off the loop, then tries the addresses, IPv4 and IPv6, one after the other. An address that does not
/// answer must not stand before one that would, so every address but the last has a limited time. Owner: the loop, but for the resolving.
/// </summary>
internal sealed class TcpConnector : LoopTimer, IThreadPoolWorkItem
{
    private static readonly TimeSpan TimePerAddress = TimeSpan.FromSeconds(2);

    private readonly TcpConnection _connection;
    private readonly EventLoop _loop;
    private readonly string _host;
    private readonly int _port;
    private readonly CancellationTokenSource _resolving = new();

    /// <summary>Written before the result is posted to the loop.</summary>
    private IPAddress[] _addresses = [];

    /// <summary>Written before the result is posted to the loop.</summary>
    private Exception? _resolveError;

    private int _next;
    private Socket? _socket;
    private TcpOperation? _operation;
    private bool _stopped;

    public TcpConnector(TcpConnection connection, EventLoop loop, string host, int port)
    {
        _connection = connection;
        _loop = loop;
        _host = host;
        _port = port;
    }

    public void Start()
    {
        _connection.Connector = this;
        if (IPAddress.TryParse(_host, out IPAddress? address))
        {
            _addresses = [address];
            _loop.Post(this);
        }
        else
        {
            _ = ResolveAsync();
        }
    }

    /// <summary>Gives up. A connect that is under way is aborted; its completion ends the connection's last operation.</summary>
    public void Stop()
    {
        _stopped = true;
        _resolving.Cancel();
        _loop.Disarm(this);
        _socket?.Dispose();
        _socket = null;
    }

    /// <summary>The name is resolved.</summary>
    public void Execute()
    {
        if (_stopped)
        {
            return;
        }

        if (_resolveError is not null || _addresses.Length == 0)
        {
            _connection.FailConnect(TcpErrors.CannotResolve(_host, _port, _resolveError));
            return;
        }

        TryNext(SocketError.HostNotFound);
    }

    /// <summary>The address took too long.</summary>
    protected internal override void OnDue()
    {
        _socket?.Dispose();
        _socket = null;
        TryNext(SocketError.TimedOut);
    }

    private async Task ResolveAsync()
    {
        try
        {
            _addresses = await Dns.GetHostAddressesAsync(_host, _resolving.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (error is SocketException or ArgumentException or OperationCanceledException)
        {
            _resolveError = error;
        }

        _loop.RunOrPost(this);
    }

    private void TryNext(SocketError lastError)
    {
        while (_next < _addresses.Length)
        {
            IPAddress address = _addresses[_next++];
            try
            {
                _socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                _operation = new TcpOperation(_loop, OnCompleted) { RemoteEndPoint = new IPEndPoint(address, _port), UserToken = _socket };
                if (_socket.ConnectAsync(_operation))
                {
                    _connection.BeginOperation();
                    if (_next < _addresses.Length)
                    {
                        _loop.Arm(this, _loop.Now + TimePerAddress);
                    }

                    return;
                }

                lastError = _operation.SocketError;
            }
            catch (SocketException error)
            {
                // For example no IPv6 on this machine.
                lastError = error.SocketErrorCode;
            }

            if (lastError == SocketError.Success)
            {
                Succeed(_socket!);
                return;
            }

            _socket?.Dispose();
            _socket = null;
        }

        string tried = string.Join<IPAddress>(", ", _addresses);
        _connection.FailConnect(TcpErrors.CannotConnect(_host, _port, tried, lastError));
    }

    private void OnCompleted(TcpOperation operation)
    {
        SocketError error = operation.SocketError;
        Socket socket = (Socket)operation.UserToken!;
        operation.Dispose();
        bool current = ReferenceEquals(operation, _operation) && ReferenceEquals(socket, _socket);
        if (!_stopped && current)
        {
            _loop.Disarm(this);
            if (error == SocketError.Success)
            {
                Succeed(socket);
            }
            else
            {
                socket.Dispose();
                _socket = null;
                TryNext(error);
            }
        }

        _connection.EndOperation();
    }

    private void Succeed(Socket socket)
    {
        _socket = null;
        _connection.Opened(socket);
    }
}
