using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Groups;

/// <summary>
/// The classic group protocol as a member sees it. A plain state machine: events in, each with the time at which it happened, actions out
/// (<see cref="TryTake"/>), and the time by which it wants to hear <see cref="TimePassed"/> (<see cref="NextDue"/>). No I/O, tasks, timers or locks. Owner: the
/// session's loop.
///
/// <code>
/// Out -> Preparing -> Joining -> (Planning ->) Syncing -> Member -> Preparing -> ...
/// </code>
///
/// One JoinGroup or SyncGroup is under way at a time (G10): while its answer is out, whatever else wants the group to begin anew is kept for after it. From
/// there on what a failure means is one of three: the same again (<see cref="JoinAgain"/>: nothing that was prepared has changed), everything lost and joined
/// anew (<see cref="Lose"/>), or the end (<see cref="Fail"/>). What answers mean is in <c>ClassicMembership.Answers.cs</c>.
/// </summary>
internal sealed partial class ClassicMembership
{
    private const int MostBackoffDoublings = 3;

    private readonly MembershipSettings _settings;
    private readonly Queue<MembershipAction> _actions = new();
    private MembershipActionKind? _outstanding; // SendJoin or SendSync
    private bool _isAbandoned; // what is outstanding does not matter any more
    private bool _isCoordinatorKnown;
    private bool _isSubscribed;
    private bool _isSuspended; // the application took too long
    private bool _owns; // the consumer was assigned partitions that it may still hold
    private bool _isSynced; // the generation is one whose SyncGroup was answered
    private bool _isApplying; // the consumer has yet to say that it has applied its assignment
    private string? _rejoinReason; // why to join again as soon as possible
    private string? _joinReason; // why the JoinGroup that is sent next is
    private bool _isHeartbeatOut;
    private TimeSpan _nextHeartbeat;
    private TimeSpan _sessionEnds;
    private TimeSpan _prepareUntil;
    private TimeSpan _retryAt;
    private int _failures;
    private (string MemberId, int Generation, bool MayCommit) _told = ("", -1, false);

    public ClassicMembership(MembershipSettings settings) => _settings = settings;

    public MembershipState State { get; private set; }

    /// <summary>As the coordinator gave it; empty before.</summary>
    public string MemberId { get; private set; } = "";

    /// <summary>-1 when in none.</summary>
    public int Generation { get; private set; } = -1;

    /// <summary>The protocol of the generation; null when in none.</summary>
    public string? Protocol { get; private set; }

    /// <summary>Not between a JoinGroup and the end of its SyncGroup (G4).</summary>
    public bool MayCommit => _isSynced && State is MembershipState.Member or MembershipState.Preparing;

    /// <summary>When it wants to hear of the time; <see cref="TimeSpan.MaxValue"/> for never.</summary>
    public TimeSpan NextDue
    {
        get
        {
            TimeSpan next = TimeSpan.MaxValue;
            if (IsSessionWatched)
            {
                next = _sessionEnds;
            }

            if (State == MembershipState.Preparing && _prepareUntil < next)
            {
                next = _prepareUntil;
            }

            if (MayHeartbeat && _nextHeartbeat < next)
            {
                next = _nextHeartbeat;
            }

            return IsJoinWaiting && _retryAt < next ? _retryAt : next;
        }
    }

    // While a request waits at the coordinator, it asks for no other sign of life, and could not read one.
    private bool IsQuiet => _outstanding is not null;

    private bool IsInGeneration => Generation >= 0
        && State is MembershipState.Preparing or MembershipState.Joining or MembershipState.Planning or MembershipState.Member;

    private bool IsSessionWatched => Generation >= 0 && IsInGeneration && !IsQuiet;

    private bool MayHeartbeat => Generation >= 0 && IsInGeneration && !IsQuiet && _isCoordinatorKnown && !_isHeartbeatOut;

    private bool IsJoinWaiting => State == MembershipState.Joining && _outstanding is null && _isCoordinatorKnown;

    /// <summary>The next thing to do, in order.</summary>
    public bool TryTake(out MembershipAction action) => _actions.TryDequeue(out action);

    /// <summary>
    /// The consumer subscribes, or subscribes to other topics. After a failure or an exit it begins again; while it leaves, when it has left.
    /// </summary>
    public void Subscribe(TimeSpan now)
    {
        bool isFirst = !_isSubscribed;
        _isSubscribed = true;
        if (State is MembershipState.Out or MembershipState.Failed)
        {
            if (!_isSuspended)
            {
                Prepare("the consumer subscribed", now);
            }

            return;
        }

        if (!isFirst)
        {
            Rejoin("the subscription changed", now);
        }
    }

    /// <summary>Joins again, as soon as possible.</summary>
    public void Rejoin(string reason, TimeSpan now)
    {
        if (State == MembershipState.Member && !_isApplying)
        {
            Prepare(reason, now);
        }
        else if (State is MembershipState.Member or MembershipState.Planning or MembershipState.Syncing
            || (State == MembershipState.Joining && _outstanding is not null))
        {
            _rejoinReason ??= reason;
        }
    }

    public void CoordinatorFound(TimeSpan now)
    {
        _isCoordinatorKnown = true;
        TimePassed(now);
    }

    public void CoordinatorLost()
    {
        _isCoordinatorKnown = false;
        FindCoordinator();
    }

    /// <summary>The consumer has given up what it had to, and has no commit under way.</summary>
    public void PreparedToJoin(TimeSpan now)
    {
        if (State != MembershipState.Preparing)
        {
            return;
        }

        if (_settings.IsEager)
        {
            _owns = false;
        }

        Enter(MembershipState.Joining);
        FindCoordinator();
        TimePassed(now);
    }

    /// <summary>The assignment of a generation is made. One of an older generation is dropped.</summary>
    public void Planned(int generation, List<SyncGroupRequest.SyncGroupRequestAssignment> assignments, TimeSpan now)
    {
        if (State == MembershipState.Planning && generation == Generation)
        {
            Sync(assignments, now);
        }
    }

    /// <summary>The assignment of a generation cannot be made: another member may do better.</summary>
    public void PlanFailed(int generation, KafkaException error)
    {
        if (State == MembershipState.Planning && generation == Generation)
        {
            FailAndLeave(error);
        }
    }

    /// <summary>What is sent to the group cannot be made.</summary>
    public void JoinImpossible(KafkaException error, TimeSpan now)
    {
        _outstanding = null;
        _isAbandoned = false;
        if (State == MembershipState.Joining)
        {
            FailAndLeave(error);
        }
        else if (State == MembershipState.Leaving)
        {
            FinishLeaving(now);
        }
    }

    /// <summary>The consumer has taken on its assignment; cooperative, and partitions were given up for it: others wait for them.</summary>
    public void AssignmentApplied(bool revokedSome, TimeSpan now)
    {
        if (State != MembershipState.Member || !_isApplying)
        {
            return;
        }

        _isApplying = false;
        string? reason = revokedSome && !_settings.IsEager ? "partitions were given up for other members" : _rejoinReason;
        if (reason is not null)
        {
            Prepare(reason, now);
        }
    }

    /// <summary>The application took longer than it may between asking for records (G9).</summary>
    public void ProcessingOverdue(KafkaException reason)
    {
        if (State is MembershipState.Out or MembershipState.Failed or MembershipState.Leaving)
        {
            return;
        }

        _isSuspended = true;
        TellLost(reason);
        TellLeaving("the application takes too long");
        Abandon();
        Clear(keepId: _settings.GroupInstanceId is not null);
        Enter(MembershipState.Out);
    }

    /// <summary>The application asks for records again.</summary>
    public void Resumed(TimeSpan now)
    {
        if (_isSuspended)
        {
            _isSuspended = false;
            if (_isSubscribed && State == MembershipState.Out)
            {
                Prepare("the application asks for records again", now);
            }
        }
    }

    /// <summary>
    /// Leaves the group; what was owned has been given up before. A static member only stops. Answered with <see cref="MembershipActionKind.LeaveDone"/>.
    /// </summary>
    public void Leave(TimeSpan now)
    {
        _isSubscribed = false;
        _isSuspended = false;
        if (State == MembershipState.Leaving)
        {
            return;
        }

        if (_outstanding == MembershipActionKind.SendJoin && MemberId.Length == 0 && _isCoordinatorKnown && _settings.GroupInstanceId is null)
        {
            // The answer brings the id under which the group knows it; without that it could not be told.
            Enter(MembershipState.Leaving);
            return;
        }

        FinishLeaving(now);
    }

    /// <summary>The group knows that the member left, or cannot be told.</summary>
    public void Left(TimeSpan now)
    {
        if (State != MembershipState.Leaving)
        {
            return;
        }

        Abandon();
        Clear(keepId: false);
        Enter(MembershipState.Out);
        _actions.Enqueue(new MembershipAction(MembershipActionKind.LeaveDone));
        if (_isSubscribed)
        {
            Prepare("the consumer subscribed", now);
        }
    }

    /// <summary>Does what is due.</summary>
    public void TimePassed(TimeSpan now)
    {
        if (IsSessionWatched && now >= _sessionEnds)
        {
            Lose(
                new KafkaTimeoutException(
                    $"The coordinator of group \"{_settings.GroupId}\" could not be reached for the session timeout ({_settings.SessionTimeout}): other "
                    + $"members may have the partitions of member {MemberId} by now."),
                keepId: true,
                now);
        }

        if (State == MembershipState.Preparing && now >= _prepareUntil)
        {
            PreparedToJoin(now);
            return;
        }

        if (MayHeartbeat && now >= _nextHeartbeat)
        {
            _isHeartbeatOut = true;
            _actions.Enqueue(new MembershipAction(MembershipActionKind.SendHeartbeat) { MemberId = MemberId, Generation = Generation });
        }

        if (IsJoinWaiting && now >= _retryAt)
        {
            _outstanding = MembershipActionKind.SendJoin;
            _rejoinReason = null;
            _isSynced = false;
            _actions.Enqueue(new MembershipAction(MembershipActionKind.SendJoin) { MemberId = MemberId, Generation = Generation, Reason = _joinReason });
        }
    }
}
