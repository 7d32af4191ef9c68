using System.Buffers.Binary;
using HighPerf.Kafka.Diagnostics;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Connections;

/// <summary>
/// One connection to one broker, from connecting to its end. Belongs to its loop: every member is for the loop's owner, and every event comes there.
/// <para>
/// Requests wait in a queue until the connection is open, a slot is free and no throttle time runs; then they are encoded, in order, behind each other into
/// the batch that fills
/// while the one before it is being sent. Answers come in the order of the requests; anything else poisons the connection.
/// </para>
/// <para>
/// The first error poisons: no more is sent or read, the transport is told to close, and when it has let go of every buffer each waiter is failed
/// once, knowing
/// whether its request may have reached the broker: those handed to the transport may have (P6), the others have not. A timeout of a request in flight
/// poisons too: a broker
/// that serves one request at a time has nothing for those behind it either, and a half-open connection is found that way.
/// </para>
/// </summary>
internal sealed partial class BrokerConnection : ITransportHandler
{
    private readonly ClientRuntime _runtime;
    private readonly EventLoop _loop;
    private readonly IConnectionOwner _owner;
    private readonly DeadlineTimer _timer;
    private readonly KafkaException? _previousFailure;

    private ConnectionPhase _phase;
    private KafkaException? _failure;
    private ITransportConnection? _transport;
    private bool _transportClosing;
    private bool _isClosedByUs;
    private TimeSpan _startAt;
    private TimeSpan _setupDeadline;
    private TimeSpan _throttledUntil;
    private bool _reportFreeSlots;

    /// <param name="previousFailure">Why the connection before this one ended, for the words of a timeout.</param>
    public BrokerConnection(
        ClientRuntime runtime, BrokerEndpoint endpoint, ConnectionRole role, EventLoop loop, IConnectionOwner owner, KafkaException? previousFailure = null)
    {
        _runtime = runtime;
        Endpoint = endpoint;
        Role = role;
        _loop = loop;
        _owner = owner;
        _previousFailure = previousFailure;
        _timer = new DeadlineTimer(this);
        _frames = new FrameReceiver(runtime.Buffers, runtime.Options.MaxResponseBytes);
        _ring = new InFlightRing(runtime.Options.MaxInFlightRequests);
        _filling = new OutgoingBatch(runtime.Buffers);
        _sending = new OutgoingBatch(runtime.Buffers);
        _resumeReceiving = new ResumeItem(this);
    }

    public BrokerEndpoint Endpoint { get; }

    public ConnectionRole Role { get; }

    public ConnectionPhase Phase => _phase;

    /// <summary>Whether requests may be given to it: not poisoned.</summary>
    public bool IsUsable => _phase < ConnectionPhase.Closing;

    /// <summary>What the broker speaks; null before the connection is open.</summary>
    public ApiVersionTable? Versions { get; private set; }

    /// <summary>Whether it ever answered a request beyond the negotiation: only then is the way to the broker known to work.</summary>
    public bool HasServed { get; private set; }

    /// <summary>How many requests would go out at once if given now.</summary>
    public int FreeSlots => _phase == ConnectionPhase.Open && !IsThrottled && _pending.Count == 0
        ? Math.Min(_ring.Free, _runtime.Options.MaxInFlightRequests - _filling.WithoutResponse.Count)
        : 0;

    /// <summary>Whether requests wait in it, for their turn or their answers.</summary>
    public bool IsBusy => _ring.Count > 0 || _pending.Count > 0;

    private bool IsThrottled => _throttledUntil != default && _throttledUntil > _loop.Now;

    /// <summary>Begins to connect, not before the given time. Once.</summary>
    public void Start(TimeSpan notBefore)
    {
        if (notBefore <= _loop.Now)
        {
            Connect();
            return;
        }

        _startAt = notBefore;
        ArmFor(notBefore);
    }

    /// <summary>Sends a request, at once or as soon as it may be sent. Its completion may come before this returns.</summary>
    public void Send(BrokerRequest request)
    {
        if (_failure is not null)
        {
            request.OnFailed(_failure, maybeSent: false);
            return;
        }

        request.Deadline = _loop.Now + request.Timeout;
        ArmFor(request.Deadline);
        _pending.Enqueue(request);
        Pump();
    }

    /// <summary>Ends the connection. What is under way fails.</summary>
    public void Close()
    {
        _isClosedByUs = true;
        Poison(ConnectionErrors.Closed(Endpoint));
    }

    void ITransportHandler.OnConnected()
    {
        if (_phase != ConnectionPhase.Connecting)
        {
            return;
        }

        _phase = ConnectionPhase.Negotiating;
        AskVersions();
        ReceiveMore();
    }

    void ITransportHandler.OnFaulted(Exception error)
    {
        KafkaException failure = _phase == ConnectionPhase.Connecting ? ConnectionErrors.CannotConnect(Endpoint, error)
            : _phase == ConnectionPhase.Negotiating ? ConnectionErrors.ClosedWhileNegotiating(Endpoint)
            : ConnectionErrors.Lost(Endpoint, error);
        Poison(failure);
    }

    void ITransportHandler.OnClosed()
    {
        _transport = null;
        _transportClosing = false;
        if (_phase == ConnectionPhase.Closing)
        {
            FailEverything();
        }
        else
        {
            // A negotiation that spoiled the stream starts over, once.
            ForgetStream();
            Connect();
        }
    }

    private void Connect()
    {
        _phase = ConnectionPhase.Connecting;
        _startAt = default;
        if (_setupDeadline == default)
        {
            _setupDeadline = _loop.Now + _runtime.Options.ConnectTimeout;
            ArmFor(_setupDeadline);
        }

        _runtime.ConnectionLogger.Connecting(Endpoint, Role);
        _transport = _runtime.Transport.Connect(Endpoint.Host, Endpoint.Port, _loop, this);
    }

    private void Opened(ApiVersionTable versions)
    {
        Versions = versions;
        _phase = ConnectionPhase.Open;
        _runtime.ConnectionLogger.Connected(Endpoint, Role, _negotiationVersion);
        _owner.OnOpen(this);
        Pump();
    }

    /// <summary>The first error ends the connection; later ones are its consequences and are dropped.</summary>
    private void Poison(KafkaException error)
    {
        if (_phase >= ConnectionPhase.Closing)
        {
            return;
        }

        if (!_isClosedByUs && ShouldStartOver())
        {
            _startedOver = true;
            CloseTransport();
            return;
        }

        _phase = ConnectionPhase.Closing;
        _failure = error;
        _loop.Disarm(_timer);
        if (_isClosedByUs)
        {
            _runtime.ConnectionLogger.ConnectionClosed(Endpoint, Role);
        }
        else
        {
            _runtime.ConnectionLogger.ConnectionFailed(Endpoint, Role, error.Message);
        }

        _owner.OnLost(this, error);
        if (_transport is not null)
        {
            CloseTransport();
        }
        else
        {
            FailEverything();
        }
    }

    private void CloseTransport()
    {
        if (!_transportClosing)
        {
            _transportClosing = true;
            _transport!.Close();
        }
    }

    /// <summary>Tells every waiter, oldest first. Nothing is held by the transport any more.</summary>
    private void FailEverything()
    {
        _phase = ConnectionPhase.Closed;
        KafkaException failure = _failure!;
        TimeSpan now = _loop.Now;
        long handedOver = _handedOver;
        while (_ring.Count > 0)
        {
            bool maybeSent = _ring.HeadOrdinal < handedOver;
            InFlightRing.Entry entry = _ring.RemoveOldest();
            KafkaException own = maybeSent && entry.Request.Deadline <= now ? ConnectionErrors.NotAnswered(Endpoint, entry.Request, entry.Version) : failure;
            entry.Request.OnFailed(own, maybeSent);
        }

        FailUnanswered(_sending, maybeSent: true);
        FailUnanswered(_filling, maybeSent: false);
        while (_pending.TryDequeue(out BrokerRequest? request))
        {
            request.OnFailed(failure, maybeSent: false);
        }

        ForgetStream();
        _filling.Writer.Release();
        _sending.Writer.Release();
        _owner.OnClosed(this);
    }

    private void FailUnanswered(OutgoingBatch batch, bool maybeSent)
    {
        foreach (BrokerRequest request in batch.WithoutResponse)
        {
            request.OnFailed(_failure!, maybeSent);
        }

        batch.WithoutResponse.Clear();
    }

    private void Throttle(int milliseconds)
    {
        TimeSpan until = _loop.Now + TimeSpan.FromMilliseconds(milliseconds);
        if (until > _throttledUntil)
        {
            _throttledUntil = until;
            _reportFreeSlots = true;
            ArmFor(until);
            _runtime.ConnectionLogger.Throttled(Endpoint, Role, milliseconds);
        }
    }

    /// <summary>
    /// One timer serves all deadlines. It is armed for the earliest and looked at lazily: an answered request leaves it, so the fast path does not touch it.
    /// </summary>
    private void ArmFor(TimeSpan due)
    {
        if (!_timer.IsArmed || due < _timer.ArmedFor)
        {
            _timer.ArmedFor = due;
            _loop.Arm(_timer, due);
        }
    }

    private void OnTimer()
    {
        TimeSpan now = _loop.Now;
        if (_phase == ConnectionPhase.Waiting && now >= _startAt)
        {
            Connect();
        }

        if (_phase is ConnectionPhase.Connecting or ConnectionPhase.Negotiating && now >= _setupDeadline)
        {
            _startedOver = true;
            Poison(ConnectionErrors.SetupTimedOut(Endpoint, _phase, _runtime.Options.ConnectTimeout));
            return;
        }

        if (FailOverdueInFlight(now) || FailOverdueSends(now))
        {
            return;
        }

        FailOverduePending(now);
        Pump();
        ReportFreeSlots();
        ArmForNext(now);
    }

    private bool FailOverdueInFlight(TimeSpan now)
    {
        for (int i = 0; i < _ring.Count; i++)
        {
            ref InFlightRing.Entry entry = ref _ring[i];
            if (entry.Request.Deadline <= now)
            {
                Poison(ConnectionErrors.ClosedByTimeoutOf(Endpoint, entry.Request, entry.Version));
                return true;
            }
        }

        return false;
    }

    private void FailOverduePending(TimeSpan now)
    {
        for (int left = _pending.Count; left > 0; left--)
        {
            BrokerRequest request = _pending.Dequeue();
            if (request.Deadline > now)
            {
                _pending.Enqueue(request);
                continue;
            }

            request.OnFailed(ConnectionErrors.NotSent(Endpoint, request, WhyWaiting(), _previousFailure), maybeSent: false);
        }
    }

    private string WhyWaiting() => _phase switch
    {
        ConnectionPhase.Waiting => "the connection failed before and is not tried again yet.",
        ConnectionPhase.Open => IsThrottled ? "the broker throttles this client (a quota is exceeded)." : "the requests before it are not answered yet.",
        _ => "the connection was not established yet.",
    };

    private void ArmForNext(TimeSpan now)
    {
        if (_phase >= ConnectionPhase.Closing)
        {
            return;
        }

        TimeSpan next = TimeSpan.MaxValue;
        next = Earlier(next, _phase == ConnectionPhase.Waiting ? _startAt : default);
        next = Earlier(next, _phase is ConnectionPhase.Connecting or ConnectionPhase.Negotiating ? _setupDeadline : default);
        next = Earlier(next, _throttledUntil > now ? _throttledUntil : default);
        for (int i = 0; i < _ring.Count; i++)
        {
            next = Earlier(next, _ring[i].Request.Deadline);
        }

        foreach (BrokerRequest request in _pending)
        {
            next = Earlier(next, request.Deadline);
        }

        next = Earlier(Earlier(next, EarliestDeadline(_sending)), EarliestDeadline(_filling));
        if (next < TimeSpan.MaxValue)
        {
            ArmFor(next);
        }
    }

    private static TimeSpan Earlier(TimeSpan a, TimeSpan b) => b != default && b < a ? b : a;

    private void ReportFreeSlots()
    {
        if (_reportFreeSlots && FreeSlots > 0)
        {
            _reportFreeSlots = false;
            _owner.OnSlotsFree(this);
        }
    }

    private sealed class DeadlineTimer(BrokerConnection connection) : LoopTimer
    {
        public TimeSpan ArmedFor { get; set; }

        protected internal override void OnDue() => connection.OnTimer();
    }
}
