using System.Text;
using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Consuming.Committing;

/// <summary>
/// Commits the offsets of one consumer: the driver around <see cref="OffsetCommitPipeline"/>, with its clock, its timer, the way to the coordinator, and the
/// callers that wait. Those may call from any thread; all else is for the session's loop. Deadlines are times of the loop's clock.
/// </summary>
internal sealed class OffsetCommitter : ICommitEffects
{
    private readonly ICommitRoute _route;
    private readonly ICommitListener _listener;
    private readonly CommitSettings _settings;
    private readonly EventLoop _loop;
    private readonly CommitWaiters _waiters;
    private readonly WaiterInbox _inbox;
    private readonly LoopCall _drain;

    // Owner: the loop.
    private readonly OffsetCommitPipeline _pipeline;
    private readonly CommitCall _call;
    private readonly DueTimer _timer;
    private WaiterChain _settled; // decided, and not yet on their way to the executor
    private int _settledCount;
    private TimeSpan _nextTick = TimeSpan.MaxValue;
    private TimeSpan _armedFor = TimeSpan.MaxValue;
    private bool _isClosed;

    public OffsetCommitter(
        ICommitRoute route, ICommitListener listener, CommitSettings settings, EventLoop loop, WorkExecutor executor, RandomSource random)
    {
        _route = route;
        _listener = listener;
        _settings = settings;
        _loop = loop;
        _waiters = new CommitWaiters(executor);
        _inbox = new WaiterInbox(new CommitWaiter(_waiters));
        _drain = new LoopCall(Drain);
        _pipeline = new OffsetCommitPipeline(settings, this, random);
        _call = new CommitCall(this, _pipeline, settings);
        _timer = new DueTimer(this);
    }

    /// <summary>How many callers wait for a commit. Any thread.</summary>
    public int PendingOperations => _waiters.Pending;

    /// <summary>Whether nothing waits, and nothing is under way or uncertain. The loop only.</summary>
    public bool IsIdle => _pipeline.IsIdle;

    public TimeSpan Now => _loop.Now;

    // ---- any thread ------------------------------------------------------------------------------------------------------------------

    /// <summary>
    /// Completes when everything that was stored before the call is committed. Concurrent calls share one request. Cancelling detaches the caller, and nothing
    /// else. Any thread.
    /// </summary>
    /// <exception cref="KafkaException">It was refused, or not acknowledged in time; the offsets stay stored.</exception>
    /// <exception cref="ObjectDisposedException">The consumer is closed.</exception>
    public ValueTask CommitAsync(CancellationToken cancellationToken) => Begin(null, isRewind: false, cancellationToken);

    /// <summary>
    /// Completes when the given offsets, or higher ones, are committed. One that is lower than what is committed is covered, and nothing is sent for it. The
    /// list is not changed until then. Any thread.
    /// </summary>
    /// <exception cref="InvalidOperationException">A partition is not assigned, or its log does not have the record any more; none is committed.</exception>
    /// <exception cref="KafkaException">It was refused, or not acknowledged in time.</exception>
    public ValueTask CommitAsync(IReadOnlyList<GivenOffset> offsets, CancellationToken cancellationToken) =>
        Begin(Checked(offsets), isRewind: false, cancellationToken);

    /// <summary>
    /// Commits the given offsets even if they are lower than what is committed, and forgets what was stored above them: the only way back. Any thread.
    /// </summary>
    /// <exception cref="InvalidOperationException">A partition is not assigned; none is committed.</exception>
    /// <exception cref="KafkaException">It was refused, or not acknowledged in time.</exception>
    public ValueTask RewindAsync(IReadOnlyList<GivenOffset> offsets, CancellationToken cancellationToken) =>
        Begin(Checked(offsets), isRewind: true, cancellationToken);

    // ---- the loop --------------------------------------------------------------------------------------------------------------------

    /// <summary>
    /// A partition is assigned: nothing is stored in its slot (G8). If it is still being given up, that comes first: the new slot is committed afterwards.
    /// </summary>
    /// <param name="topicId">Empty when it is not known.</param>
    /// <param name="committedOffset">What the group has committed of it; -1 for nothing, or when it is not known.</param>
    /// <param name="committedEpoch">The leader epoch beside it; -1 for none.</param>
    public CursorSlot Open(TopicPartition partition, byte[] topicBytes, Guid topicId, long committedOffset, int committedEpoch)
    {
        CursorSlot slot = _pipeline.Open(partition, topicBytes, topicId, committedOffset, committedEpoch);
        if (_settings.IsAutomatic && _nextTick == TimeSpan.MaxValue)
        {
            _nextTick = _loop.Now + _settings.AutoCommitInterval;
            Arm();
        }

        return slot;
    }

    /// <summary>
    /// The log of an assigned partition is another one: truncated below what was delivered, or the topic was made anew. Closes its slot, forgets what is
    /// stored and not committed, and returns a new one.
    /// </summary>
    public CursorSlot Reopen(CursorSlot slot, Guid topicId)
    {
        CursorSlot opened = _pipeline.Reopen(slot, topicId, _loop.Now);
        AfterEvent();
        return opened;
    }

    /// <summary>
    /// Closes the slots and commits what is left of them (G12), uncertain commits included; then tells <paramref name="onDone"/> on the loop, once: null, or
    /// what was not committed. At the deadline in any case.
    /// </summary>
    public void GiveUp(IReadOnlyList<CursorSlot> slots, TimeSpan deadline, Action<KafkaException?> onDone)
    {
        _pipeline.GiveUp(slots, deadline, onDone, _loop.Now);
        AfterEvent();
    }

    /// <summary>The partitions are lost: nothing of them can be committed any more. Who waits for them fails with the reason.</summary>
    public void Drop(IReadOnlyList<CursorSlot> slots, KafkaException? why)
    {
        _pipeline.Drop(slots, why, _loop.Now);
        AfterEvent();
    }

    /// <summary>As whom commits are made from now on. A consumer that is no member needs no call.</summary>
    public void MembershipChanged(string memberId, int generation)
    {
        _pipeline.ChangeIdentity(new CommitIdentity(memberId, generation), _loop.Now);
        AfterEvent();
    }

    /// <summary>Whether commits may be sent (G4). Closing it does not wait for one that is under way; <see cref="Quiesce"/> does.</summary>
    public void Gate(bool isOpen)
    {
        if (isOpen)
        {
            _pipeline.OpenGate(_loop.Now);
            AfterEvent();
        }
        else
        {
            Quiesce(TimeSpan.MaxValue, static () => { });
        }
    }

    /// <summary>
    /// Closes the gate, and tells <paramref name="onDone"/> on the loop when no commit is in flight (G4); at the deadline one that still is counts as
    /// uncertain. The gate stays closed.
    /// </summary>
    public void Quiesce(TimeSpan deadline, Action onDone)
    {
        _pipeline.CloseGate(deadline, onDone, _loop.Now);
        AfterEvent();
    }

    /// <summary>
    /// Gives everything up, and tells <paramref name="onDone"/> on the loop, once: null, or what was not committed. Nothing can be committed from the moment
    /// of the call; who waits for what was asked before is told before <paramref name="onDone"/>.
    /// </summary>
    public void Close(TimeSpan deadline, Action<KafkaException?> onDone)
    {
        Accept(_inbox.Close());
        _nextTick = TimeSpan.MaxValue;
        _pipeline.GiveUp(_pipeline.ListOpen(), deadline, error => End(error, onDone), _loop.Now);
        AfterEvent();
    }

    // ---- what the request tells ----------------------------------------------------------------------------------------------------------

    public void OnAnswered(CommitIdentity identity)
    {
        _pipeline.EndAnswer(_loop.Now, identity);
        AfterEvent();
    }

    public void OnFailed(KafkaException error, bool maybeSent)
    {
        _pipeline.Failed(error, maybeSent, _loop.Now);
        AfterEvent();
    }

    // ---- what the pipeline asks for ------------------------------------------------------------------------------------------------------

    void ICommitEffects.Send() => _route.Send(_call);

    void ICommitEffects.CoordinatorMoved(ErrorCode code) => _route.Moved(code);

    void ICommitEffects.MetadataIsStale() => Tell(_listener.OnMetadataStale);

    void ICommitEffects.MembershipRefused(ErrorCode code, CommitIdentity identity) =>
        Tell(() => _listener.OnMembershipRefused(code, identity.Generation, identity.MemberId));

    void ICommitEffects.NotCommitted(KafkaException error) => Tell(() => _listener.OnNotCommitted(error));

    void ICommitEffects.Settle(CommitWaiter waiter, Exception? error)
    {
        if (waiter.TryDecide(error))
        {
            _settled.Add(waiter);
            if (++_settledCount == CommitOutcome.Chunk)
            {
                LetGo();
            }
        }
        else
        {
            waiter.Release();
        }
    }

    void ICommitEffects.Tell(Action call) => Tell(call);

    private void Tell(Action call) => LoopCall.Post(_loop, call);

    private static IReadOnlyList<GivenOffset> Checked(IReadOnlyList<GivenOffset> offsets)
    {
        ArgumentNullException.ThrowIfNull(offsets);
        for (int i = 0; i < offsets.Count; i++)
        {
            GivenOffset given = offsets[i];
            if (given.Offset < 0 || given.LeaderEpoch < -1)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(offsets),
                    $"{given.Partition}: offset {given.Offset} with leader epoch {given.LeaderEpoch} cannot be committed. An offset is 0 or more.");
            }

            if (given.Metadata is { Length: > short.MaxValue / 4 } metadata && Encoding.UTF8.GetByteCount(metadata) > short.MaxValue)
            {
                throw new ArgumentException(
                    $"{given.Partition}: the metadata is longer than {short.MaxValue} bytes, which no commit can carry.", nameof(offsets));
            }
        }

        return offsets;
    }

    private ValueTask Begin(IReadOnlyList<GivenOffset>? given, bool isRewind, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        CommitWaiter waiter = _waiters.Rent();
        ValueTask task = waiter.Begin(given, isRewind, cancellationToken);
        if (!_inbox.TryPush(waiter, default(NoYield), out bool wasEmpty))
        {
            if (waiter.TryDecide(CommitErrors.Closed(_settings)))
            {
                _waiters.Executor.Queue(waiter);
            }

            waiter.Release();
        }
        else if (wasEmpty)
        {
            _loop.Post(_drain);
        }

        return task;
    }

    private void Drain()
    {
        Accept(_inbox.TakeAll(default(NoYield)));
        _pipeline.Pump(_loop.Now);
        AfterEvent();
    }

    private void Accept(CommitWaiter? waiter)
    {
        TimeSpan now = _loop.Now;
        while (waiter is not null)
        {
            CommitWaiter? next = waiter.Next;
            waiter.Next = null;
            _pipeline.Add(waiter, now);
            waiter = next;
        }
    }

    private void End(KafkaException? error, Action<KafkaException?> onDone)
    {
        _isClosed = true;
        _pipeline.Close();
        AfterEvent();
        onDone(error);
    }

    private void OnDue()
    {
        _armedFor = TimeSpan.MaxValue;
        TimeSpan now = _loop.Now;
        if (_nextTick <= now)
        {
            _nextTick = now + _settings.AutoCommitInterval;
            _pipeline.CommitAutomatically(now);
        }

        _pipeline.OnTime(now);
        AfterEvent();
    }

    private void AfterEvent()
    {
        LetGo();
        Arm();
    }

    private void LetGo()
    {
        if (_settled.TakeAll() is { } first)
        {
            _settledCount = 0;
            _loop.QueueAfter(new CommitOutcome(_waiters.Executor, first));
        }
    }

    private void Arm()
    {
        TimeSpan due = _isClosed ? TimeSpan.MaxValue : _pipeline.NextDue(_loop.Now);
        due = _nextTick < due ? _nextTick : due;
        if (due == _armedFor)
        {
            return;
        }

        _armedFor = due;
        if (due == TimeSpan.MaxValue)
        {
            _loop.Disarm(_timer);
        }
        else
        {
            _loop.Arm(_timer, due);
        }
    }

    private sealed class DueTimer(OffsetCommitter committer) : LoopTimer
    {
        protected internal override void OnDue() => committer.OnDue();
    }
}
