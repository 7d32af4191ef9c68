using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Diagnostics;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Runtime;
using Microsoft.Extensions.Logging;

namespace HighPerf.Kafka.Metadata;

/// <summary>
/// Keeps the view of the cluster fresh: when topics are asked for that are not known, when somebody found it stale, and when it is old. Questions that
/// come while one is under way are asked together in the next. Belongs to the control loop; the members for any thread say so. Those who wait for an answer
/// are in <c>MetadataRefresher.Waiters.cs</c>.
/// </summary>
internal sealed partial class MetadataRefresher
{
    // Versions below 4 cannot be told not to create the topics they are asked about.
    private const short FirstVersionWithConsent = 4;

    private readonly ClientRuntime _runtime;
    private readonly BrokerPool _pool;
    private readonly ControlLinks _links;
    private readonly TargetRound _targets;
    private readonly EventLoop _loop;
    private readonly ILogger _logger;
    private readonly RefreshTimer _timer;
    private readonly ReconnectBackoff _backoff;

    // Owner: the control loop. Sorted, so that requests do not depend on how strings hash.
    private readonly SortedSet<string> _tracked = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _wanted = new(StringComparer.Ordinal);
    private readonly List<TopicWaiter> _waiters = [];
    private readonly List<(long After, Waiter<ClusterMetadata> Waiter)> _viewWaiters = [];
    private readonly HashSet<object> _whoWantsAll = []; // never enumerated
    private bool _isAllWanted;
    private bool _refreshWanted;
    private bool _isAsking;
    private bool _isUrgent;
    private TimeSpan _notBefore;
    private TimeSpan _pacedUntil;
    private TimeSpan _nextPeriodic = TimeSpan.MaxValue;
    private KafkaException? _lastFailure;
    private KafkaException? _closed;

    private readonly MetadataObservers _observers;

    public MetadataRefresher(ClientRuntime runtime, BrokerPool pool, ControlLinks links, EventLoop loop)
    {
        _runtime = runtime;
        _pool = pool;
        _links = links;
        _targets = new TargetRound(pool, links, runtime.Environment.CreateRandom("metadata targets"));
        _loop = loop;
        _logger = runtime.Loggers.CreateLogger("HighPerf.Kafka.Metadata");
        _timer = new RefreshTimer(this);
        _observers = new MetadataObservers(pool);
        KafkaClientOptions options = runtime.Options;
        TimeSpan longest = options.ReconnectBackoffMax > options.RetryBackoff ? options.ReconnectBackoffMax : options.RetryBackoff;
        _backoff = new ReconnectBackoff(options.RetryBackoff, longest, runtime.Environment.CreateRandom("metadata"));
    }

    /// <summary>The latest view. Any thread, lock-free.</summary>
    public ClusterMetadata Current => _pool.Metadata;

    /// <summary>Why the last attempt to refresh failed; null when it did not. Owner: the control loop.</summary>
    public KafkaException? LastFailure => _lastFailure;

    /// <summary>Tells <paramref name="observer"/> on <paramref name="loop"/> of every newer view, until the result is disposed. Any thread.</summary>
    public IDisposable Subscribe(IMetadataObserver observer, EventLoop loop) => _observers.Add(observer, loop);

    /// <summary>
    /// Somebody found the view stale, or wants a topic in it. Null: the brokers, and every topic that was asked about before. Any thread, never waits.
    /// </summary>
    public void RequestRefresh(string? topic = null) => LoopCall.Post(_loop, () => Request(topic));

    /// <summary>Brokers told leaders that they know of (KIP-951). Any thread, never waits; observers are told, if that is news.</summary>
    public void Learn(IReadOnlyList<LeaderHint> hints, IReadOnlyList<BrokerEndpoint> brokers) => LoopCall.Post(_loop, () =>
    {
        if (MetadataMerger.WithLeaders(Current, hints, brokers) is { } merged)
        {
            Publish(merged);
        }
    });

    /// <summary>
    /// The topic, asked for when it is not known. Any thread; completes at once when it is known.
    /// </summary>
    /// <exception cref="KafkaBrokerException">The topic does not exist, or the brokers refuse to tell about it.</exception>
    /// <exception cref="KafkaTimeoutException">No broker answered in time; says what failed.</exception>
    public ValueTask<TopicMetadata> GetTopicAsync(string topic, TimeSpan timeout, CancellationToken cancellationToken) =>
        GetTopicAsync(topic, timeout, TimeSpan.MaxValue, cancellationToken);

    /// <param name="patience">How long the brokers may say that there is no such topic: one that comes into being is unknown at first.</param>
    /// <inheritdoc cref="GetTopicAsync(string, TimeSpan, CancellationToken)"/>
    public ValueTask<TopicMetadata> GetTopicAsync(string topic, TimeSpan timeout, TimeSpan patience, CancellationToken cancellationToken)
    {
        if (Current.TryGetTopic(topic, out TopicMetadata? known) && known.Error == ErrorCode.None)
        {
            return new ValueTask<TopicMetadata>(known);
        }

        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<TopicMetadata>(cancellationToken);
        }

        AwaitableWaiter<TopicMetadata> waiter = new(timeout, _runtime.Executor) { Patience = patience };
        Await(topic, waiter);
        return new ValueTask<TopicMetadata>(waiter.WaitAsync(cancellationToken));
    }

    /// <summary>Tells the waiter when the topic is known, or why not. Any thread.</summary>
    public void Await(string topic, Waiter<TopicMetadata> waiter) => LoopCall.Post(_loop, () => AddWaiter(topic, waiter));

    /// <summary>Whether somebody wants the view to hold every topic there is, found again with each periodic refresh. Any thread.</summary>
    public void TrackAll(object owner, bool isWanted) => LoopCall.Post(_loop, () =>
    {
        if (!isWanted)
        {
            _whoWantsAll.Remove(owner);
        }
        else if (_whoWantsAll.Add(owner))
        {
            _isUrgent = true;
            Request(null);
        }
    });

    /// <summary>The view as told from now on, not one from before. Any thread.</summary>
    /// <exception cref="KafkaTimeoutException">No broker answered in time; says what failed.</exception>
    public Task<ClusterMetadata> RefreshAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        AwaitableWaiter<ClusterMetadata> waiter = new(timeout, _runtime.Executor);
        LoopCall.Post(_loop, () =>
        {
            if (_closed is not null)
            {
                waiter.OnFailed(_closed);
                return;
            }

            waiter.Deadline = _loop.Now + timeout;
            _viewWaiters.Add((Current.Generation, waiter));
            _isUrgent = true;
            Request(null);
        });
        return waiter.WaitAsync(cancellationToken);
    }

    /// <summary>Asks about the topic no more, and forgets it. Any thread. For topics that were deleted.</summary>
    public void Forget(string topic) => LoopCall.Post(_loop, () =>
    {
        _tracked.Remove(topic);
        _wanted.Remove(topic);
        if (Current.TryGetTopic(topic, out _))
        {
            Publish(MetadataMerger.Without(Current, name => name == topic));
        }
    });

    /// <summary>Fails who still waits. Control loop only.</summary>
    internal void Close(KafkaException reason)
    {
        _loop.Disarm(_timer);
        _closed = reason;
        TopicWaiter[] waiters = [.. _waiters];
        _waiters.Clear();
        foreach (TopicWaiter waiting in waiters)
        {
            waiting.Waiter.OnFailed(reason);
        }

        foreach ((_, Waiter<ClusterMetadata> waiter) in _viewWaiters.ToArray())
        {
            waiter.OnFailed(reason);
        }

        _viewWaiters.Clear();
    }

    private void Request(string? topic)
    {
        if (topic is null)
        {
            WantEverything();
        }
        else
        {
            // The first question about a topic does not wait for the pace of the repeated ones (P16).
            _isUrgent |= !_tracked.Contains(topic);
            _wanted.Add(topic);
        }

        _refreshWanted = true;
        AskOrArm();
    }

    /// <summary>Asks now if it may; arms the timer for whatever comes next.</summary>
    private void AskOrArm()
    {
        if (_closed is not null)
        {
            return;
        }

        TimeSpan now = _loop.Now;
        if (_refreshWanted && !_isAsking && now >= MayAskAt())
        {
            Ask();
        }

        TimeSpan next = _nextPeriodic;
        if (_refreshWanted && !_isAsking && MayAskAt() < next)
        {
            next = MayAskAt();
        }

        foreach (TopicWaiter waiting in _waiters)
        {
            next = waiting.Waiter.Deadline < next ? waiting.Waiter.Deadline : next;
        }

        foreach ((_, Waiter<ClusterMetadata> waiter) in _viewWaiters)
        {
            next = waiter.Deadline < next ? waiter.Deadline : next;
        }

        if (next < TimeSpan.MaxValue)
        {
            _loop.Arm(_timer, next);
        }
    }

    private TimeSpan MayAskAt() => _isUrgent || _pacedUntil < _notBefore ? _notBefore : _pacedUntil;

    private void Ask()
    {
        if (!_targets.TryNext(out BrokerLink link))
        {
            RoundFailed(_targets.EndFailed());
            return;
        }

        _isAsking = true;
        _refreshWanted = false;
        _isUrgent = false;
        MetadataRequest message = new() { AllowAutoTopicCreation = _runtime.Options.AllowAutoTopicCreation };
        if (_isAllWanted)
        {
            // Those that were never asked about stay wanted: only a question by name creates a topic.
            message.Topics = null;
            _isAllWanted = false;
            _wanted.ExceptWith(_tracked);
            _refreshWanted = _wanted.Count > 0;
        }
        else
        {
            message.Topics = [.. _wanted.Select(name => new MetadataRequest.MetadataRequestTopic { Name = name })];
            _tracked.UnionWith(_wanted);
            _wanted.Clear();
        }

        link.Send(new Question(this, link, message, _runtime.Options.RequestTimeout));
    }

    private void OnAnswer(MetadataRequest message, MetadataResponse answer)
    {
        _isAsking = false;
        _lastFailure = null;
        _backoff.Succeeded();
        TimeSpan now = _loop.Now;
        _pacedUntil = now + _runtime.Options.RetryBackoff;
        _nextPeriodic = now + _runtime.Options.MetadataMaxAge;
        ClusterMetadata merged = MetadataMerger.Merge(Current, answer);
        if (message.Topics is null)
        {
            merged = WithoutMissing(merged, answer);
        }

        _logger.Refreshed(merged.Generation, merged.Brokers.Length, answer.Topics.Count);
        Publish(merged);
        _targets.Succeeded();
        if (merged.Brokers.Length > 0)
        {
            _links.CloseBootstrap();
        }

        ServeWaiters(now);
        AskOrArm();
    }

    private void OnQuestionFailed(BrokerLink link, MetadataRequest message, KafkaException error)
    {
        if (_closed is not null)
        {
            return;
        }

        _isAsking = false;
        _refreshWanted = true;
        _isUrgent = true;
        _isAllWanted |= message.Topics is null && _whoWantsAll.Count > 0;
        foreach (MetadataRequest.MetadataRequestTopic topic in message.Topics ?? [])
        {
            _wanted.Add(topic.Name!);
        }

        _targets.Failed(link, error);

        // Not from here: the failure may have come before the call that sent the question returned.
        _notBefore = _loop.Now;
        _loop.Arm(_timer, _loop.Now);
    }

    private void WantEverything()
    {
        _isAllWanted |= _whoWantsAll.Count > 0;
        _wanted.UnionWith(_tracked);
    }

    // A topic that is missing among all of them is gone; of one that somebody named the brokers are asked why.
    private ClusterMetadata WithoutMissing(ClusterMetadata merged, MetadataResponse answer)
    {
        HashSet<string> told = [.. answer.Topics.Where(topic => topic.Name is not null).Select(topic => topic.Name!)];
        foreach (TopicMetadata topic in merged.Topics)
        {
            if (topic.Error == ErrorCode.None && !told.Contains(topic.Name) && _tracked.Contains(topic.Name))
            {
                _wanted.Add(topic.Name);
                _refreshWanted = true;
            }
        }

        return MetadataMerger.Without(merged, name => !told.Contains(name) && !_tracked.Contains(name));
    }

    private void RoundFailed(KafkaException error)
    {
        _lastFailure = error;
        _notBefore = _loop.Now + _backoff.Failed();
        _logger.RefreshFailed(error.Message);
    }

    private void OnTimer()
    {
        TimeSpan now = _loop.Now;
        if (now >= _nextPeriodic)
        {
            _nextPeriodic = TimeSpan.MaxValue;
            WantEverything();
            _refreshWanted = true;
        }

        ServeWaiters(now);
        AskOrArm();
    }

    private void Publish(ClusterMetadata metadata)
    {
        _pool.Metadata = metadata;
        _observers.Notify();
    }

    private sealed class RefreshTimer(MetadataRefresher refresher) : LoopTimer
    {
        protected internal override void OnDue() => refresher.OnTimer();
    }

    private sealed class Question(MetadataRefresher refresher, BrokerLink link, MetadataRequest message, TimeSpan timeout)
        : ControlRequest<MetadataRequest, MetadataResponse>(message, timeout, static answer => answer.ThrottleTimeMs, FirstVersionWithConsent)
    {
        public override void OnFailed(KafkaException error, bool maybeSent) => refresher.OnQuestionFailed(link, Message, error);

        protected override void OnAnswer(MetadataResponse response, short version)
        {
            if (response.ErrorCode != 0)
            {
                refresher.OnQuestionFailed(link, Message, new KafkaBrokerException((ErrorCode)response.ErrorCode, ApiKey.Metadata));
                return;
            }

            refresher.OnAnswer(Message, response);
        }
    }
}
