using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Connections;

/// <summary>
/// The way to one broker for one role: at most one usable connection at a time, made when it is needed and made again, after the back-off time, when it is
/// lost and needed.
/// Belongs to its loop: every member is for the loop's owner, and every event comes there.
/// </summary>
internal sealed class BrokerLink : IConnectionOwner
{
    private readonly ClientRuntime _runtime;
    private readonly IEndpointSource _endpoints;
    private readonly EventLoop _loop;
    private readonly IBrokerLinkListener? _listener;
    private readonly ReconnectBackoff _backoff;
    private readonly Action<BrokerLink>? _onClosed;

    private BrokerConnection? _connection;
    private TimeSpan _notBefore;
    private int _openConnections;
    private bool _isClosed;

    /// <param name="onClosed">Called once, on the loop, when the link is closed and its last connection holds nothing any more.</param>
    public BrokerLink(
        ClientRuntime runtime,
        IEndpointSource endpoints,
        int brokerId,
        ConnectionRole role,
        EventLoop loop,
        IBrokerLinkListener? listener,
        Action<BrokerLink>? onClosed)
    {
        _runtime = runtime;
        _endpoints = endpoints;
        BrokerId = brokerId;
        Role = role;
        _loop = loop;
        _listener = listener;
        _onClosed = onClosed;
        KafkaClientOptions options = runtime.Options;
        _backoff = new ReconnectBackoff(
            options.ReconnectBackoff, options.ReconnectBackoffMax, runtime.Environment.CreateRandom($"reconnect {role} {brokerId}"));
    }

    public int BrokerId { get; }

    public ConnectionRole Role { get; }

    public EventLoop Loop => _loop;

    public bool IsOpen => _connection is { Phase: ConnectionPhase.Open };

    /// <summary>What the broker speaks; null when no connection is open.</summary>
    public ApiVersionTable? Versions => _connection is { Phase: ConnectionPhase.Open } open ? open.Versions : null;

    /// <summary>How many requests would go out at once if given now; 0 when no connection is open.</summary>
    public int FreeSlots => _connection?.FreeSlots ?? 0;

    /// <summary>Whether requests wait in it, for their turn or their answers.</summary>
    public bool IsBusy => _connection is { IsBusy: true };

    /// <summary>Why the last connection, or attempt, ended; null when none did since the link last worked.</summary>
    public KafkaException? LastFailure { get; private set; }

    /// <summary>Begins to connect unless there is a connection or an attempt.</summary>
    public void EnsureConnecting()
    {
        if (_connection is null && !_isClosed)
        {
            TryConnect(out _);
        }
    }

    /// <summary>
    /// Sends a request: at once when possible, else when the connection is open and has a free slot, until the request's timeout. When the attempt to connect
    /// fails, the requests waiting for it fail with it, not sent. The completion may come before this returns.
    /// </summary>
    public void Send(BrokerRequest request)
    {
        if (_isClosed)
        {
            request.OnFailed(new KafkaConnectionException($"{request.ApiKey} was not sent: the client is closed."), maybeSent: false);
            return;
        }

        if (_connection is null && !TryConnect(out KafkaException? error))
        {
            request.OnFailed(error!, maybeSent: false);
            return;
        }

        _connection!.Send(request);
    }

    /// <summary>Closes the link for good; what is under way fails.</summary>
    public void Close()
    {
        if (_isClosed)
        {
            return;
        }

        _isClosed = true;
        _connection?.Close();
        if (_openConnections == 0)
        {
            _onClosed?.Invoke(this);
        }
    }

    /// <summary>Closes a link that nobody knows yet.</summary>
    internal void Refuse() => _isClosed = true;

    void IConnectionOwner.OnOpen(BrokerConnection connection) => _listener?.OnLinkOpen(this);

    void IConnectionOwner.OnSlotsFree(BrokerConnection connection) => _listener?.OnLinkSlotsFree(this);

    void IConnectionOwner.OnLost(BrokerConnection connection, KafkaException error)
    {
        if (connection.HasServed)
        {
            // It worked for a while: the next attempt comes soon. One that only ever connected counts as failed, so a broker that hangs up at once is not
            // stormed.
            _backoff.Succeeded();
        }

        _notBefore = _loop.Now + _backoff.Failed();
        LastFailure = error;
        _connection = null;
        if (!_isClosed)
        {
            _listener?.OnLinkLost(this, error);
        }
    }

    void IConnectionOwner.OnClosed(BrokerConnection connection)
    {
        _openConnections--;
        if (_isClosed && _openConnections == 0)
        {
            _onClosed?.Invoke(this);
        }
    }

    private bool TryConnect(out KafkaException? error)
    {
        error = null;
        if (!_endpoints.TryGetEndpoint(BrokerId, out BrokerEndpoint? endpoint))
        {
            error = new KafkaConnectionException($"Broker {BrokerId} is not in the cluster's metadata (any more).");
            return false;
        }

        BrokerConnection connection = new(_runtime, endpoint, Role, _loop, this, LastFailure);
        _connection = connection;
        _openConnections++;
        connection.Start(_notBefore);
        return true;
    }
}
