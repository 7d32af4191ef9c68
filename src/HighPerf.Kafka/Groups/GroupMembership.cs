using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Diagnostics;
using HighPerf.Kafka.Groups.Assignors;
using HighPerf.Kafka.Metadata;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Runtime;
using Microsoft.Extensions.Logging;

namespace HighPerf.Kafka.Groups;

/// <summary>
/// A consumer's membership in its group: does what <see cref="ClassicMembership"/> wants done, and brings it what happens. Belongs to the session's loop:
/// every member is for its owner. The requests are in <c>GroupMembership.Requests.cs</c>.
/// </summary>
internal sealed partial class GroupMembership : ICoordinatorListener, IMetadataObserver
{
    private readonly ClusterClient _cluster;
    private readonly ConsumerOptions _options;
    private readonly EventLoop _loop;
    private readonly GroupCoordinator _coordinator;
    private readonly IGroupListener _listener;
    private readonly ILogger _logger;
    private readonly IReadOnlyList<IPartitionAssignor> _assignors;
    private readonly ClassicMembership _machine;
    private readonly MembershipTimer _timer;
    private readonly IDisposable _subscription;

    // Owner: the session's loop.
    private readonly List<Action> _onLeft = [];
    private IReadOnlyList<string> _topics = [];
    private IReadOnlyList<TopicPartition> _lastAssigned = [];
    private IReadOnlyList<TopicPartition> _claimed = []; // owned, as the last JoinGroup said
    private int _lastGeneration = -1;
    private GroupPlanner? _planner; // of the generation that this member leads
    private List<GroupTopic>? _watched; // the topics that its assignment was made for
    private bool _isDraining;
    private bool _isClosed;

    public GroupMembership(ClusterClient cluster, ConsumerOptions options, EventLoop loop, GroupCoordinator coordinator, IGroupListener listener)
    {
        _cluster = cluster;
        _options = options;
        _loop = loop;
        _coordinator = coordinator;
        _listener = listener;
        _logger = cluster.Runtime.Loggers.CreateLogger("HighPerf.Kafka.Groups");
        _timer = new MembershipTimer(this);
        _assignors = options.PartitionAssignors ?? [new RangeAssignor(), new CooperativeStickyAssignor()];
        IsEager = _assignors.Any(static assignor => !assignor.IsCooperative);
        _machine = new ClassicMembership(new MembershipSettings(options.GroupId!)
        {
            SessionTimeout = options.SessionTimeout,
            HeartbeatInterval = options.HeartbeatInterval,
            RebalanceTimeout = options.EffectiveRebalanceTimeout,
            RetryBackoff = options.RetryBackoff,
            GroupInstanceId = options.GroupInstanceId,
            IsEager = IsEager,
            Protocols = [.. _assignors.Select(static assignor => assignor.Name)],
        });
        coordinator.Add(this);
        _subscription = cluster.Metadata.Subscribe(this, loop);
    }

    public string MemberId => _machine.MemberId;

    /// <summary>-1 when in none.</summary>
    public int Generation => _machine.Generation;

    /// <summary>Not between a JoinGroup and the end of its SyncGroup (G4).</summary>
    public bool MayCommit => _machine.MayCommit;

    public MembershipState State => _machine.State;

    /// <summary>Whether everything is given up before the group distributes its partitions anew: so it is unless every assignor is cooperative.</summary>
    public bool IsEager { get; }

    /// <summary>Becomes a member for these topics, or one for other topics than before. After a failure, too.</summary>
    public void Subscribe(IReadOnlyList<string> topics)
    {
        _topics = [.. topics.Order(StringComparer.Ordinal)];
        if (_coordinator.IsKnown)
        {
            _machine.CoordinatorFound(_loop.Now);
        }

        _machine.Subscribe(_loop.Now);
        Drain();
    }

    /// <summary>Begins a new generation of the group.</summary>
    public void Rejoin(string reason)
    {
        _machine.Rejoin(reason, _loop.Now);
        Drain();
    }

    /// <summary>The answer to <see cref="IGroupListener.PrepareToJoin"/>.</summary>
    public void PreparedToJoin()
    {
        _machine.PreparedToJoin(_loop.Now);
        Drain();
    }

    /// <summary>
    /// The answer to <see cref="IGroupListener.Assigned"/>. When partitions were given up for it, the group begins anew, so that others get them.
    /// </summary>
    public void AssignmentApplied(bool revokedSome)
    {
        // What was lost after the JoinGroup named it as owned is given up, too: the plan may have kept it from others until then.
        if (!revokedSome && _claimed.Count > 0)
        {
            HashSet<TopicPartition> assigned = [.. _lastAssigned];
            revokedSome = _claimed.Any(claimed => !assigned.Contains(claimed));
        }

        _claimed = [];
        _machine.AssignmentApplied(revokedSome, _loop.Now);
        Drain();
    }

    /// <summary>What the answer to a commit, made as this member in this generation, says of the membership.</summary>
    public void CommitAnswered(ErrorCode code, int generation, string memberId)
    {
        _machine.CommitAnswered(code, memberId, generation, _loop.Now);
        Drain();
    }

    /// <summary>
    /// The application took longer than <see cref="ConsumerOptions.MaxPollInterval"/>: leaves the group, and the listener hears
    /// <see cref="IGroupListener.Lost"/>. A static member stops its heartbeats instead.
    /// </summary>
    public void ProcessingOverdue()
    {
        _machine.ProcessingOverdue(new KafkaTimeoutException(
            $"The application did not ask for records for {ConnectionErrors.Seconds(_options.MaxPollInterval)} (MaxPollInterval): the consumer left group "
            + $"\"{_options.GroupId}\", and others have its partitions. Process faster, take fewer records at once, or raise MaxPollInterval."));
        Drain();
    }

    /// <summary>The application asks for records again after <see cref="ProcessingOverdue"/>: joins again.</summary>
    public void Resumed()
    {
        _machine.Resumed(_loop.Now);
        Drain();
    }

    /// <summary>
    /// Leaves the group, after everything was given up; a static member only stops. Takes no longer than the request timeout. May be followed by
    /// <see cref="Subscribe"/>.
    /// </summary>
    public void Leave(Action onDone)
    {
        if (_machine.State == MembershipState.Out)
        {
            onDone();
            return;
        }

        _onLeft.Add(onDone);
        _timer.LeaveBy = _loop.Now + _options.RequestTimeout;
        _machine.Leave(_loop.Now);
        Drain();
    }

    /// <summary>No more timers and events. After <see cref="Leave"/>.</summary>
    public void Close()
    {
        _isClosed = true;
        _subscription.Dispose();
        _loop.Disarm(_timer);
    }

    void ICoordinatorListener.OnCoordinatorFound()
    {
        if (_coordinator.IsKnown)
        {
            _machine.CoordinatorFound(_loop.Now);
            Drain();
        }
    }

    void ICoordinatorListener.OnCoordinatorLost(KafkaException reason)
    {
        if (!_coordinator.IsKnown)
        {
            _machine.CoordinatorLost();
            Drain();
        }
    }

    void ICoordinatorListener.OnCoordinatorRefused(KafkaException reason)
    {
        _machine.CoordinatorRefused(reason, _loop.Now);
        Drain();
    }

    // The leader sees for all when topics have got more partitions, or have come into being. One that is hidden for a moment is not gone.
    void IMetadataObserver.OnMetadataChanged(ClusterMetadata metadata)
    {
        if (_watched is null || _planner is null || _planner.Generation != _machine.Generation)
        {
            return;
        }

        Dictionary<string, int> counts = new(StringComparer.Ordinal);
        foreach (GroupTopic topic in _watched)
        {
            counts[topic.Name] = topic.PartitionCount;
        }

        foreach (string name in _planner.TopicNames)
        {
            if (metadata.TryGetTopic(name, out TopicMetadata? now) && now.Error == ErrorCode.None
                && now.Partitions.Length != counts.GetValueOrDefault(name))
            {
                _watched = null;
                Rejoin($"topic {name} has {now.Partitions.Length} partitions now");
                return;
            }
        }
    }

    /// <summary>Does what the machine wants, in order; what comes of it on the way is done behind it.</summary>
    private void Drain()
    {
        if (_isDraining || _isClosed)
        {
            return;
        }

        _isDraining = true;
        try
        {
            while (_machine.TryTake(out MembershipAction action))
            {
                Perform(action);
            }
        }
        finally
        {
            _isDraining = false;
        }

        Arm();
    }

    private void Arm()
    {
        TimeSpan next = _onLeft.Count > 0 && _timer.LeaveBy < _machine.NextDue ? _timer.LeaveBy : _machine.NextDue;
        if (_isClosed || next == TimeSpan.MaxValue)
        {
            _loop.Disarm(_timer);
        }
        else
        {
            _loop.Arm(_timer, next);
        }
    }

    private void OnDue()
    {
        if (_onLeft.Count > 0 && _loop.Now >= _timer.LeaveBy)
        {
            _machine.Left(_loop.Now);
        }

        _machine.TimePassed(_loop.Now);
        Drain();
    }

    private void Perform(in MembershipAction action)
    {
        switch (action.Kind)
        {
            case MembershipActionKind.FindCoordinator:
                _coordinator.EnsureFound();
                break;
            case MembershipActionKind.CoordinatorMoved:
                _coordinator.Moved(action.Code);
                break;
            case MembershipActionKind.PrepareToJoin:
                _listener.PrepareToJoin(action.Deadline, IsEager);
                break;
            case MembershipActionKind.SendJoin:
                SendJoin(action);
                break;
            case MembershipActionKind.Plan:
            case MembershipActionKind.Watch:
                Plan(action);
                break;
            case MembershipActionKind.SendSync:
                SendSync(action);
                break;
            case MembershipActionKind.SendHeartbeat:
                SendHeartbeat(action);
                break;
            case MembershipActionKind.SendLeave:
                SendLeave(action);
                break;
            default:
                Tell(action);
                break;
        }
    }

    private void Tell(in MembershipAction action)
    {
        switch (action.Kind)
        {
            case MembershipActionKind.LeaveDone:
                Action[] waiting = [.. _onLeft];
                _onLeft.Clear();
                Array.ForEach(waiting, static done => done());
                break;
            case MembershipActionKind.IdentityChanged:
                _listener.IdentityChanged(action.MemberId, action.Generation, action.MayCommit);
                break;
            case MembershipActionKind.Assigned:
                _lastAssigned = action.Partitions!;
                _lastGeneration = action.Generation;
                _logger.Assigned(_options.GroupId!, action.MemberId, _lastAssigned.Count, action.Generation);
                _listener.Assigned(action.Partitions!, action.Generation, action.MemberId, action.Deadline);
                break;
            case MembershipActionKind.Lost:
                Forget();
                _logger.Lost(_options.GroupId!, action.Error!.Message);
                _listener.Lost(action.Error);
                break;
            case MembershipActionKind.Failed:
                Forget();
                _logger.MembershipFailed(_options.GroupId!, action.Error!.Message);
                _listener.Failed(action.Error);
                break;
        }
    }

    private void Forget()
    {
        _lastAssigned = [];
        _lastGeneration = -1;
    }

    private void Plan(in MembershipAction action)
    {
        bool isPlanned = action.Kind == MembershipActionKind.Plan;
        IPartitionAssignor? assignor = _assignors.FirstOrDefault(one => one.Name == _machine.Protocol);
        _watched = null;
        _planner = new GroupPlanner(_cluster, _loop, _options.GroupId!, action.Joined!, _logger, planner =>
        {
            if (planner != _planner)
            {
                return; // the group has gone on
            }

            _watched = planner.Topics;
            if (isPlanned)
            {
                planner.Plan(assignor!, OnPlanned, OnPlanFailed);
            }
        });
        TimeSpan half = _options.EffectiveRebalanceTimeout / 2;
        _planner.Begin(half < _options.RequestTimeout ? half : _options.RequestTimeout);
    }

    private void OnPlanned(GroupPlanner planner, GroupPlan plan)
    {
        _machine.Planned(planner.Generation, plan.Assignments, _loop.Now);
        Drain();
    }

    private void OnPlanFailed(GroupPlanner planner, KafkaException error)
    {
        _machine.PlanFailed(planner.Generation, error);
        Drain();
    }

    private sealed class MembershipTimer(GroupMembership membership) : LoopTimer
    {
        public TimeSpan LeaveBy { get; set; }

        protected internal override void OnDue() => membership.OnDue();
    }
}
