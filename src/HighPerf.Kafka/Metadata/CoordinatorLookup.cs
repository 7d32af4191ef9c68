using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Diagnostics;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Runtime;
using Microsoft.Extensions.Logging;

namespace HighPerf.Kafka.Metadata;

/// <summary>
/// Which broker coordinates a group or a transactional id. Everybody who asks about the same key shares one look-up, which is nobody's: it ends when it has
/// the answer or
/// when no waiter is left, not when one of them gives up (G11). An answer is kept until somebody finds it wrong. Belongs to the control loop.
/// </summary>
internal sealed class CoordinatorLookup
{
    // From this version on the request holds a list of keys.
    private const short FirstBatchVersion = 4;

    private readonly ClientRuntime _runtime;
    private readonly BrokerPool _pool;
    private readonly ControlLinks _links;
    private readonly EventLoop _loop;
    private readonly ILogger _logger;

    // Owner: the control loop. Looked into by key; never enumerated in an order that matters.
    private readonly Dictionary<(CoordinatorType Type, string Key), BrokerEndpoint> _known = [];
    private readonly List<Search> _searches = [];
    private KafkaException? _closed;

    public CoordinatorLookup(ClientRuntime runtime, BrokerPool pool, ControlLinks links, EventLoop loop)
    {
        _runtime = runtime;
        _pool = pool;
        _links = links;
        _loop = loop;
        _logger = runtime.Loggers.CreateLogger("HighPerf.Kafka.Metadata");
    }

    /// <summary>Any thread.</summary>
    /// <exception cref="KafkaBrokerException">The brokers refuse for good.</exception>
    /// <exception cref="KafkaTimeoutException">No coordinator was found in time.</exception>
    public Task<BrokerEndpoint> FindAsync(CoordinatorType type, string key, TimeSpan timeout, CancellationToken cancellationToken)
    {
        AwaitableWaiter<BrokerEndpoint> waiter = new(timeout, _runtime.Executor);
        Find(type, key, waiter);
        return waiter.WaitAsync(cancellationToken);
    }

    /// <summary>Tells the waiter, on the control loop, when the coordinator is known, or why not. Any thread.</summary>
    public void Find(CoordinatorType type, string key, Waiter<BrokerEndpoint> waiter) => LoopCall.Post(_loop, () => Join(type, key, waiter));

    /// <summary>Forgets an answer that was found wrong; one that names another broker by now stays. Any thread.</summary>
    public void Invalidate(CoordinatorType type, string key, int brokerId) => LoopCall.Post(_loop, () =>
    {
        if (_known.TryGetValue((type, key), out BrokerEndpoint? known) && known.Id == brokerId)
        {
            _known.Remove((type, key));
        }
    });

    /// <summary>Fails who still waits. Control loop only.</summary>
    internal void Close(KafkaException reason)
    {
        _closed = reason;
        foreach (Search search in _searches.ToArray())
        {
            search.End(waiter => waiter.OnFailed(reason));
        }
    }

    private void Join(CoordinatorType type, string key, Waiter<BrokerEndpoint> waiter)
    {
        if (_known.TryGetValue((type, key), out BrokerEndpoint? known))
        {
            waiter.OnResult(known);
            return;
        }

        if (_closed is not null)
        {
            waiter.OnFailed(_closed);
            return;
        }

        waiter.Deadline = _loop.Now + waiter.Timeout;
        Search? search = _searches.Find(s => s.Type == type && s.Key == key);
        if (search is null)
        {
            search = new Search(this, type, key);
            _searches.Add(search);
            search.Waiters.Add(waiter);
            search.Ask();
        }
        else
        {
            search.Waiters.Add(waiter);
            search.ArmForWaiters();
        }
    }

    /// <summary>One shared look-up, from its first waiter to its answer. Owner: the control loop.</summary>
    private sealed class Search : LoopTimer
    {
        private readonly CoordinatorLookup _lookup;
        private readonly TargetRound _targets;
        private readonly ReconnectBackoff _backoff;
        private TimeSpan _askAt = TimeSpan.MaxValue;
        private KafkaException? _lastFailure;
        private bool _isEnded;

        public Search(CoordinatorLookup lookup, CoordinatorType type, string key)
        {
            _lookup = lookup;
            Type = type;
            Key = key;
            _targets = new TargetRound(lookup._pool, lookup._links, lookup._runtime.Environment.CreateRandom($"targets {type} {key}"));
            KafkaClientOptions options = lookup._runtime.Options;
            TimeSpan longest = options.ReconnectBackoffMax > options.RetryBackoff ? options.ReconnectBackoffMax : options.RetryBackoff;
            _backoff = new ReconnectBackoff(options.RetryBackoff, longest, lookup._runtime.Environment.CreateRandom($"coordinator {type} {key}"));
        }

        public CoordinatorType Type { get; }

        public string Key { get; }

        public List<Waiter<BrokerEndpoint>> Waiters { get; } = [];

        public void Ask()
        {
            _askAt = TimeSpan.MaxValue;
            ArmForWaiters();
            if (!_targets.TryNext(out BrokerLink link))
            {
                TryLater(_targets.EndFailed());
                return;
            }

            FindCoordinatorRequest message = new() { Key = Key, KeyType = (sbyte)Type, CoordinatorKeys = [Key] };
            link.Send(new Question(this, link, message, _lookup._runtime.Options.RequestTimeout));
        }

        public void ArmForWaiters()
        {
            TimeSpan next = _askAt;
            foreach (Waiter<BrokerEndpoint> waiter in Waiters)
            {
                next = waiter.Deadline < next ? waiter.Deadline : next;
            }

            if (next < TimeSpan.MaxValue)
            {
                _lookup._loop.Arm(this, next);
            }
        }

        public void OnAnswer(BrokerLink link, ErrorCode error, string? detail, BrokerEndpoint coordinator)
        {
            if (_isEnded)
            {
                return;
            }

            if (error == ErrorCode.None)
            {
                _targets.Succeeded();
                _lookup._pool.Learn(coordinator);
                _lookup._known[(Type, Key)] = coordinator;
                _lookup._logger.CoordinatorFound(Type, Key, coordinator);
                End(waiter => waiter.OnResult(coordinator));
                return;
            }

            string subject = $"{Type} \"{Key}\"";
            KafkaBrokerException refused = new(error, ApiKey.FindCoordinator, $"broker {link.BrokerId}", subject, detail);
            if (error.IsRetriable())
            {
                _targets.Succeeded();
                TryLater(refused);
            }
            else
            {
                End(waiter => waiter.OnFailed(refused));
            }
        }

        public void OnQuestionFailed(BrokerLink link, KafkaException error)
        {
            if (_isEnded)
            {
                return;
            }

            _targets.Failed(link, error);
            _lastFailure = error;

            // Not from here: the failure may have come before the call that sent the question returned.
            _askAt = _lookup._loop.Now;
            ArmForWaiters();
        }

        public void End(Action<Waiter<BrokerEndpoint>> tell)
        {
            _isEnded = true;
            _lookup._loop.Disarm(this);
            _lookup._searches.Remove(this);
            foreach (Waiter<BrokerEndpoint> waiter in Waiters.ToArray())
            {
                tell(waiter);
            }
        }

        protected internal override void OnDue()
        {
            TimeSpan now = _lookup._loop.Now;
            Waiters.RemoveAll(waiter => waiter.IsDetached);
            foreach (Waiter<BrokerEndpoint> late in Waiters.FindAll(waiter => waiter.Deadline <= now))
            {
                Waiters.Remove(late);
                string last = _lastFailure is null ? "No broker answered." : _lastFailure.Message;
                late.OnFailed(new KafkaTimeoutException(
                    $"The coordinator of {Type} \"{Key}\" was not found within {ConnectionErrors.Seconds(late.Timeout)}. {last}", _lastFailure));
            }

            if (Waiters.Count == 0)
            {
                End(static _ => { });
            }
            else if (_askAt <= now)
            {
                Ask();
            }
            else
            {
                ArmForWaiters();
            }
        }

        private void TryLater(KafkaException error)
        {
            _lastFailure = error;
            _askAt = _lookup._loop.Now + _backoff.Failed();
            ArmForWaiters();
        }
    }

    private sealed class Question(Search search, BrokerLink link, FindCoordinatorRequest message, TimeSpan timeout)
        : ControlRequest<FindCoordinatorRequest, FindCoordinatorResponse>(message, timeout, static answer => answer.ThrottleTimeMs)
    {
        public override void Encode(RequestWriter output, short version)
        {
            // One form per version; a message that fills both could not be encoded in either.
            bool isBatch = version >= FirstBatchVersion;
            Message.Key = isBatch ? "" : search.Key;
            Message.CoordinatorKeys = isBatch ? [search.Key] : [];
            base.Encode(output, version);
        }

        public override void OnFailed(KafkaException error, bool maybeSent) => search.OnQuestionFailed(link, error);

        protected override void OnAnswer(FindCoordinatorResponse response, short version)
        {
            if (version < FirstBatchVersion)
            {
                search.OnAnswer(
                    link, (ErrorCode)response.ErrorCode, response.ErrorMessage, new BrokerEndpoint(response.NodeId, response.Host, response.Port));
                return;
            }

            FindCoordinatorResponse.Coordinator? told = response.Coordinators.Find(c => c.Key == search.Key);
            if (told is null)
            {
                throw new KafkaProtocolException($"The answer to FindCoordinator does not hold the key \"{search.Key}\" that was asked for.");
            }

            search.OnAnswer(link, (ErrorCode)told.ErrorCode, told.ErrorMessage, new BrokerEndpoint(told.NodeId, told.Host, told.Port));
        }
    }
}
