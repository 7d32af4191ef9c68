using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Consuming.Committing;
using HighPerf.Kafka.Metadata;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Groups;

/// <summary>
/// The way to a group's coordinator: found, connected (one connection, of its own role), found again when it moves or cannot be reached (G11). What is sent
/// while it is not known waits, not longer than its timeout. Membership and committer share one. Belongs to its loop: every member is for the loop's owner,
/// and every event comes there.
/// </summary>
internal sealed class GroupCoordinator : IBrokerLinkListener, ICommitRoute
{
    private readonly ClusterClient _cluster;
    private readonly string _groupId;
    private readonly EventLoop _loop;
    private readonly ReconnectBackoff _backoff;
    private readonly TimeSpan _longestBackoff;
    private readonly WaitTimer _timer;

    // Owner: the loop.
    private readonly List<ICoordinatorListener> _listeners = [];
    private readonly List<Waiting> _waiting = [];
    private BrokerLink? _link;
    private Search? _search; // what is asked now
    private bool _isKnown;
    private bool _isWanted;
    private TimeSpan _foundAt;
    private TimeSpan _askAt;
    private KafkaException? _lastFailure;
    private KafkaException? _end;

    public GroupCoordinator(ClusterClient cluster, string groupId, EventLoop loop)
    {
        _cluster = cluster;
        _groupId = groupId;
        _loop = loop;
        _timer = new WaitTimer(this);
        KafkaClientOptions options = cluster.Runtime.Options;
        _longestBackoff = options.ReconnectBackoffMax > options.RetryBackoff ? options.ReconnectBackoffMax : options.RetryBackoff;
        _backoff = new ReconnectBackoff(options.RetryBackoff, _longestBackoff, cluster.Runtime.Environment.CreateRandom($"group coordinator {groupId}"));
    }

    /// <summary>Whether a broker is known to coordinate the group now, as far as anybody can tell.</summary>
    public bool IsKnown => _isKnown;

    /// <summary>The coordinator's broker id; null while it is not known.</summary>
    public int? BrokerId => _isKnown ? _link!.BrokerId : null;

    /// <summary>For messages to people: <c>group "orders" (coordinator: broker 2)</c>.</summary>
    public string Description => _isKnown ? $"group \"{_groupId}\" (coordinator: broker {_link!.BrokerId})" : $"group \"{_groupId}\"";

    /// <summary>Counts up with every connection that opens: what was under way on one before is uncertain.</summary>
    public int ConnectionNumber { get; private set; }

    /// <summary>Whether the connection of <see cref="ConnectionNumber"/> lives.</summary>
    public bool IsConnected => _link is { IsOpen: true };

    public void Add(ICoordinatorListener listener) => _listeners.Add(listener);

    /// <summary>
    /// Sends a request to the coordinator, when it is known. Waiting and answer together take no longer than the request's timeout. Its completion may come
    /// before this returns.
    /// </summary>
    public void Send(BrokerRequest request)
    {
        if (_end is not null)
        {
            request.OnFailed(_end, maybeSent: false);
            return;
        }

        if (_isKnown)
        {
            _link!.Send(request);
            return;
        }

        _waiting.Add(new Waiting(request, _loop.Now + request.Timeout));
        EnsureFound();
    }

    /// <summary>Looks the coordinator up unless it is known or being looked up, until it is found.</summary>
    public void EnsureFound()
    {
        if (_end is null && !_isKnown)
        {
            _isWanted = true;
            AskOrArm();
        }
    }

    /// <summary>An answer said that this broker does not coordinate the group (any more): it is looked up again when it is needed.</summary>
    public void Moved(ErrorCode code)
    {
        if (_isKnown)
        {
            Lose(new KafkaBrokerException(code, ApiKey.FindCoordinator, $"broker {_link!.BrokerId}", $"group \"{_groupId}\"", "the coordinator moved"));
        }
    }

    /// <summary>Fails what waits and closes the connection. For good.</summary>
    public void Close() => End(new KafkaConnectionException($"The consumer of group \"{_groupId}\" was closed."));

    void IBrokerLinkListener.OnLinkOpen(BrokerLink link)
    {
        if (link == _link)
        {
            ConnectionNumber++;
        }
    }

    void IBrokerLinkListener.OnLinkLost(BrokerLink link, KafkaException error)
    {
        // Even when it is the same broker again: who knows but by asking. The link waits its back-off time before it connects.
        if (link == _link && _isKnown)
        {
            Lose(error);
        }
    }

    void IBrokerLinkListener.OnLinkSlotsFree(BrokerLink link)
    {
    }

    private void Lose(KafkaException reason)
    {
        _isKnown = false;
        _lastFailure = reason;
        _cluster.Coordinators.Invalidate(CoordinatorType.Group, _groupId, _link!.BrokerId);

        // One that served for a while is looked up at once; one that is lost as soon as it is found, later and later.
        if (_loop.Now - _foundAt > _longestBackoff)
        {
            _backoff.Succeeded();
            _askAt = _loop.Now;
        }
        else
        {
            _askAt = _loop.Now + _backoff.Failed();
        }

        // In a turn of its own: this may be inside of a connection's event.
        Tell(listener => listener.OnCoordinatorLost(reason));
    }

    private void AskOrArm()
    {
        TimeSpan next = TimeSpan.MaxValue;
        if (_search is null && (_isWanted || _waiting.Count > 0))
        {
            if (_askAt <= _loop.Now)
            {
                _search = new Search(this, _cluster.Runtime.Options.RequestTimeout);
                _cluster.Coordinators.Find(CoordinatorType.Group, _groupId, _search);
            }
            else
            {
                next = _askAt;
            }
        }

        foreach (Waiting waiting in _waiting)
        {
            next = waiting.Deadline < next ? waiting.Deadline : next;
        }

        if (next < TimeSpan.MaxValue)
        {
            _loop.Arm(_timer, next);
        }
    }

    private void OnFound(Search search, BrokerEndpoint endpoint)
    {
        if (search != _search || _end is not null)
        {
            return;
        }

        _search = null;
        if (_link is null || _link.BrokerId != endpoint.Id)
        {
            BrokerLink? old = _link;
            _link = _cluster.Pool.OpenLink(endpoint.Id, ConnectionRole.Coordinator, _loop, this);
            old?.Close();
        }

        _isKnown = true;
        _isWanted = false;
        _foundAt = _loop.Now;
        Waiting[] waiting = [.. _waiting];
        _waiting.Clear();
        _loop.Disarm(_timer);
        foreach (Waiting next in waiting)
        {
            // The link may be lost in between; then the rest waits again.
            TimeSpan left = next.Deadline - _loop.Now;
            if (_isKnown && left > TimeSpan.Zero)
            {
                _link.Send(new BoundedRequest(next.Request, left));
            }
            else
            {
                _waiting.Add(next);
            }
        }

        if (_waiting.Count > 0)
        {
            FailLate();
            AskOrArm();
        }

        Tell(static listener => listener.OnCoordinatorFound());
    }

    private void OnNotFound(Search search, KafkaException error)
    {
        if (search != _search || _end is not null)
        {
            return;
        }

        _search = null;
        _lastFailure = error;
        bool isPassing = error is KafkaTimeoutException or KafkaConnectionException or KafkaBrokerException { IsRetriable: true };
        if (!isPassing || _cluster.Pool.IsClosed)
        {
            KafkaException end = _cluster.Pool.IsClosed
                ? new KafkaConnectionException("The client was closed. Close the consumer before it.")
                : error;
            Tell(listener => listener.OnCoordinatorRefused(end));
            End(end);
            return;
        }

        _askAt = _loop.Now + _backoff.Failed();
        AskOrArm();
    }

    private void OnTimer()
    {
        FailLate();
        AskOrArm();
    }

    private void FailLate()
    {
        TimeSpan now = _loop.Now;
        foreach (Waiting late in _waiting.FindAll(waiting => waiting.Deadline <= now))
        {
            _waiting.Remove(late);
            string why = _lastFailure is null ? "No broker answered." : _lastFailure.Message;
            late.Request.OnFailed(
                new KafkaTimeoutException(
                    $"{late.Request.ApiKey} of group \"{_groupId}\" was not sent within {ConnectionErrors.Seconds(late.Request.Timeout)}: the group's "
                    + $"coordinator is not known. {why}", _lastFailure),
                maybeSent: false);
        }
    }

    private void End(KafkaException reason)
    {
        if (_end is not null)
        {
            return;
        }

        _end = reason;
        _isKnown = false;
        _search = null;
        _loop.Disarm(_timer);
        Waiting[] waiting = [.. _waiting];
        _waiting.Clear();
        foreach (Waiting next in waiting)
        {
            next.Request.OnFailed(reason, maybeSent: false);
        }

        _link?.Close();
    }

    private void Tell(Action<ICoordinatorListener> tell) => LoopCall.Post(_loop, () =>
    {
        foreach (ICoordinatorListener listener in _listeners)
        {
            tell(listener);
        }
    });

    private readonly record struct Waiting(BrokerRequest Request, TimeSpan Deadline);

    private sealed class WaitTimer(GroupCoordinator coordinator) : LoopTimer
    {
        protected internal override void OnDue() => coordinator.OnTimer();
    }

    /// <summary>One question; told on the control loop, brought to ours. Closing forgets it, and lets the shared look-up go on for others.</summary>
    private sealed class Search(GroupCoordinator coordinator, TimeSpan timeout) : Waiter<BrokerEndpoint>(timeout)
    {
        public override bool IsDetached => Volatile.Read(ref coordinator._search) != this;

        public override void OnResult(BrokerEndpoint result) => LoopCall.Post(coordinator._loop, () => coordinator.OnFound(this, result));

        public override void OnFailed(KafkaException error) => LoopCall.Post(coordinator._loop, () => coordinator.OnNotFound(this, error));
    }
}
