using System.Runtime.InteropServices;
using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Consuming.Committing;

/// <summary>
/// Decides what is committed when, and who is told. A plain state machine: events with the time in, <see cref="ICommitEffects"/> out; no I/O, tasks, timers or
/// locks. Owner: the session's loop. What answers mean is in <c>OffsetCommitPipeline.Answers.cs</c>, what a request holds in
/// <c>OffsetCommitPipeline.Writing.cs</c>, offsets that callers give in <c>OffsetCommitPipeline.Given.cs</c>, giving partitions up and closing in
/// <c>OffsetCommitPipeline.GivingUp.cs</c>.
/// </summary>
/// <remarks>
/// <para>The one idea: there is a table, and no queue of commits. For each partition it holds the highest place that is to be committed (the target) and the
/// highest that is acknowledged. A request holds every partition whose target is not acknowledged, with the target as it is when the request is written. One
/// request is under way at a time; after any failure the next is built from the table again. So an offset that was asked for late can never be overtaken by
/// one that was asked for early, whatever the network does.</para>
/// <para>Callers wait for places, not for requests: those that ask for all that is stored are gathered until the next request is written, and wait for what it
/// holds (a <see cref="CommitRound"/>). What is not acknowledged then is waited for through further requests.</para>
/// <para>A request that got no answer, though it may have been sent, leaves its partitions uncertain: the broker may still read it from the dead
/// connection, and apply it after later ones. They are asserted again as soon as there is a connection, and once more when
/// <see cref="CommitSettings.UncertainTime"/> is over; until then they are not given up.</para>
/// </remarks>
internal sealed partial class OffsetCommitPipeline
{
    private readonly CommitSettings _settings;
    private readonly ICommitEffects _effects;
    private readonly ReconnectBackoff _backoff;
    private readonly DirtySlots _dirty = new(); // pushed to by any thread

    // Owner: the loop.
    private readonly Dictionary<TopicPartition, CursorSlot> _slots = []; // never enumerated
    private readonly List<CursorSlot> _unacked = []; // those whose target is not acknowledged
    private readonly List<CursorSlot> _uncertain = [];
    private readonly List<CommitRound> _rounds = []; // what is waited for beside the round in flight
    private readonly Stack<CommitRound> _spareRounds = new();
    private readonly List<CommitEntry> _flight = []; // what the request under way holds, once it was written
    private readonly List<CommitEntry> _postponed = []; // what it does not hold, since the assignment before has to go first
    private WaiterChain _gathering; // who waits for the next request
    private CommitRound? _flyingRound; // who waits for the request under way
    private CommitIdentity _identity = CommitIdentity.NoMember;
    private RequestStage _stage;
    private bool _isGateOpen = true;
    private bool _isAutoDue;
    private bool _hasUnsent; // whether anything was raised since the request under way was written
    private bool _wasVoid; // whether the request under way found nothing to commit
    private int _slotsWithoutId;
    private TimeSpan _notBefore;
    private TimeSpan _writtenAt;
    private TimeSpan _nextTimeout = TimeSpan.MaxValue;
    private KafkaException? _lastTrouble; // why the last attempt failed; null since one succeeded
    private KafkaException? _fatal;

    public OffsetCommitPipeline(CommitSettings settings, ICommitEffects effects, RandomSource random)
    {
        _settings = settings;
        _effects = effects;
        _backoff = new ReconnectBackoff(settings.RetryBackoff, settings.RetryBackoffMax, random);
    }

    /// <summary>How far the one request is that may be under way.</summary>
    private enum RequestStage
    {
        None,
        HandedOver,
        Written,
    }

    public CommitIdentity Identity => _identity;

    /// <summary>Whether a request is handed over or under way.</summary>
    public bool IsInFlight => _stage != RequestStage.None;

    /// <summary>What the request under way holds. For reading and matching its answer.</summary>
    public Span<CommitEntry> Flight => CollectionsMarshal.AsSpan(_flight);

    /// <summary>Topic ids only if every topic has one (G7).</summary>
    public bool HasTopicIds => _slotsWithoutId == 0;

    /// <summary>Whether nothing waits and nothing is under way: no callers, no request, no doubt.</summary>
    public bool IsIdle => _stage == RequestStage.None && _gathering.IsEmpty && _rounds.Count == 0 && _givingUp.Count == 0 && _uncertain.Count == 0;

    /// <summary>
    /// A partition is assigned, with nothing stored (G8). If it is still being given up, that comes first: nothing of the new slot is committed before.
    /// </summary>
    /// <param name="committedOffset">What the group has committed of it; -1 for nothing, or when it is not known.</param>
    /// <param name="committedEpoch">The leader epoch that stands beside it; -1 for none.</param>
    public CursorSlot Open(TopicPartition partition, byte[] topicBytes, Guid topicId, long committedOffset, int committedEpoch)
    {
        CursorSlot slot = new(partition, topicBytes, topicId, _dirty);
        if (committedOffset >= 0)
        {
            slot.EpochSeen(committedEpoch, Math.Max(0, committedOffset - 1));
            slot.Acked = new CommitPoint(0, committedEpoch, committedOffset);
        }

        if (_slots.TryGetValue(partition, out CursorSlot? before))
        {
            if (!before.IsClosed)
            {
                throw new InvalidOperationException($"{partition} is open for commits already; it is given up before it is assigned again.");
            }

            slot.Predecessor = before;
        }

        _slots[partition] = slot;
        _slotsWithoutId += topicId == Guid.Empty ? 1 : 0;
        return slot;
    }

    /// <summary>
    /// The log of the partition is another one: it was truncated, or the topic was made anew. What was stored and is not committed is forgotten, and
    /// the old slot is closed. Returns the new one.
    /// </summary>
    public CursorSlot Reopen(CursorSlot old, Guid topicId, TimeSpan now)
    {
        Drop([old], null, now);
        bool isSameTopic = topicId == old.TopicId;
        CursorSlot slot = Open(old.Partition, old.TopicBytes, topicId, -1, -1);
        if (isSameTopic)
        {
            slot.TakeOver(old);
        }

        return slot;
    }

    /// <summary>As whom commits are made from now on. What the coordinator refused under another identity is tried again.</summary>
    public void ChangeIdentity(CommitIdentity identity, TimeSpan now)
    {
        _identity = identity;
        _refused = null;
        Pump(now);
    }

    /// <summary>
    /// A caller wants committed what its <see cref="CommitWaiter.Given"/> says, or all that is stored. <see cref="Pump"/> follows, once for many of them.
    /// </summary>
    public void Add(CommitWaiter waiter, TimeSpan now)
    {
        KafkaException? fatal = _fatal;
        if (waiter.IsDecided || fatal is not null)
        {
            _effects.Settle(waiter, fatal);
            return;
        }

        waiter.Deadline = now + _settings.CallTimeout;
        _nextTimeout = waiter.Deadline < _nextTimeout ? waiter.Deadline : _nextTimeout;
        if (waiter.Given is not null)
        {
            AddGiven(waiter, waiter.Given);
        }
        else if (_stage == RequestStage.Written && !_hasUnsent && _dirty.IsEmpty)
        {
            _flyingRound!.Waiters.Add(waiter); // all there is, is under way
            _flyingRound.IsOfAll = true;
        }
        else
        {
            _gathering.Add(waiter);
        }
    }

    /// <summary>The time for an automatic commit has come.</summary>
    public void CommitAutomatically(TimeSpan now)
    {
        _isAutoDue = true;
        Pump(now);
    }

    /// <summary>Sends what there is to send, if it may be sent now.</summary>
    public void Pump(TimeSpan now)
    {
        if (_stage != RequestStage.None)
        {
            return;
        }

        if (!_gathering.IsEmpty || _isAutoDue)
        {
            TakeStored();
            if (_unacked.Count == 0)
            {
                SettleGathered(null);
                _isAutoDue = false;
            }
        }

        if (_isGateOpen && _refused is null && now >= _notBefore && IsDemanded(now))
        {
            _stage = RequestStage.HandedOver;
            _wasVoid = false;
            _effects.Send();
        }
    }

    /// <summary>When <see cref="OnTime"/> has something to do next, on the loop's clock; the greatest time when never.</summary>
    public TimeSpan NextDue(TimeSpan now)
    {
        TimeSpan due = _nextTimeout;
        if (_quiesce is { } quiesce && quiesce.Deadline < due)
        {
            due = quiesce.Deadline;
        }

        foreach (GiveUp giveUp in _givingUp)
        {
            due = giveUp.Deadline < due ? giveUp.Deadline : due;
        }

        if (_stage != RequestStage.None || !_isGateOpen || _refused is not null)
        {
            return due;
        }

        if (_notBefore > now)
        {
            return _notBefore < due && IsDemanded(TimeSpan.MaxValue) ? _notBefore : due;
        }

        foreach (CursorSlot slot in _uncertain)
        {
            due = slot.UncertainUntil < due ? slot.UncertainUntil : due;
        }

        return due;
    }

    /// <summary>Time has passed.</summary>
    public void OnTime(TimeSpan now)
    {
        CutOffInFlight(now);
        EndLateGiveUps(now);
        if (_nextTimeout <= now)
        {
            TimeOutWaiters(now);
        }

        Pump(now);
    }

    private void NoteTarget(CursorSlot slot)
    {
        if (slot.IsAcknowledged)
        {
            return;
        }

        _hasUnsent = true;
        if (!slot.IsUnacked)
        {
            slot.IsUnacked = true;
            _unacked.Add(slot);
        }
    }

    private bool IsDemanded(TimeSpan now)
    {
        if ((_isAutoDue || !_gathering.IsEmpty || _rounds.Count > 0 || IsAnyGivenUp()) && _unacked.Exists(static slot => IsFirst(slot)))
        {
            return true;
        }

        foreach (CursorSlot slot in _uncertain)
        {
            if (IsFirst(slot) && (slot.IsUnacked || (slot.UncertainUntil <= now && !slot.Acked.IsNone)))
            {
                return true;
            }
        }

        return false;
    }

    // Whether no earlier assignment of the partition is still being given up.
    private static bool IsFirst(CursorSlot slot)
    {
        if (slot.Predecessor is { IsGone: true })
        {
            slot.Predecessor = null;
        }

        return slot.Predecessor is null;
    }
}
