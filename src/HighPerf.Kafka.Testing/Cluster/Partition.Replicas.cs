namespace HighPerf.Kafka.Testing.Cluster;

/// <summary>
/// The replicas: who has how much, who is in sync, up to where the records are on all of those. Followers take what is appended at once or after
/// <see cref="KafkaTestClusterOptions.ReplicationDelay"/>, unless their broker is down or a test holds them up.
/// </summary>
internal sealed partial class Partition
{
    /// <summary>What followers take later, in the order of time. Null until there is a delay.</summary>
    private Queue<(TimeSpan Due, long EndOffset)>? _underWay;
    private CallbackTimer? _arrival;
    private CallbackTimer? _lagCheck;

    /// <summary>In the order of assignment.</summary>
    private Replica[] _replicas = [];

    /// <summary>The brokers that have a copy, the preferred leader first.</summary>
    public int[] Replicas { get; private set; } = [];

    /// <summary>Those of <see cref="Replicas"/> that are in sync, in the same order.</summary>
    public int[] InSyncReplicas { get; private set; } = [];

    /// <summary>Before it everything is on all replicas in sync, and so cannot be lost by an election among them.</summary>
    public long HighWatermark { get; private set; }

    /// <summary>Fewer replicas are in sync than <c>min.insync.replicas</c> demands (or there are replicas, where it demands more than that).</summary>
    public bool IsUnderMinInSync => InSyncReplicas.Length < Math.Min(Config.MinInsyncReplicas, _replicas.Length);

    /// <summary>Those of <see cref="Replicas"/> whose brokers are stopped.</summary>
    public IEnumerable<int> OfflineReplicas => _replicas.Where(replica => !replica.IsLive).Select(replica => replica.BrokerId);

    public IReadOnlyList<Replica> AllReplicas => _replicas;

    /// <summary>The copy of a broker; null when it has none.</summary>
    public Replica? ReplicaOn(int brokerId)
    {
        foreach (Replica replica in _replicas)
        {
            if (replica.BrokerId == brokerId)
            {
                return replica;
            }
        }

        return null;
    }

    /// <summary>A test holds up a follower: it takes nothing more, and falls out of sync once it lags for <c>replica.lag.time.max.ms</c>.</summary>
    public void PauseReplication(Replica replica) => replica.IsPaused = true;

    public void ResumeReplication(Replica replica)
    {
        replica.IsPaused = false;
        CatchUp();
    }

    /// <summary>Takes a follower out of the replicas in sync; it comes back when it has caught up.</summary>
    public void DropFromInSync(Replica replica)
    {
        if (replica.IsInSync && Leader is { } leader && replica != leader)
        {
            replica.IsInSync = false;
            InSyncChanged();
        }
    }

    /// <summary>
    /// The copy's broker stopped. Elections are the controller's; whoever is in sync alone stays so, or nobody could be elected any more.
    /// </summary>
    public void OnBrokerStopped(Replica replica)
    {
        if (InSyncReplicas.Length > 1 && replica.IsInSync)
        {
            replica.IsInSync = false;
            InSyncChanged();
        }
    }

    /// <summary>The copy's broker runs again, with what it had or with nothing.</summary>
    public void OnBrokerStarted(Replica replica, bool keepLog)
    {
        if (!keepLog)
        {
            replica.LogEndOffset = 0;
            replica.HighWatermark = 0;
        }

        if (Leader is not null)
        {
            CatchUp();
        }
    }

    private void CreateReplicas(int[] brokers)
    {
        _replicas = Array.ConvertAll(brokers, id => new Replica(_cluster.FindBroker(id)!));
        Replicas = brokers;
        foreach (Replica replica in _replicas)
        {
            replica.IsInSync = replica.IsLive;
        }

        if (!Array.Exists(_replicas, replica => replica.IsInSync))
        {
            _replicas[0].IsInSync = true;
        }

        RefreshInSync();
        LeaderId = Array.Find(_replicas, replica => replica.IsLive)?.BrokerId ?? NoLeader;
        Log.Epochs.Assign(LeaderEpoch, 0);
    }

    /// <summary>Brings the followers what was appended. Without a delay this costs no memory.</summary>
    private void Replicate()
    {
        Replica? leader = Leader;
        if (leader is null || leader.LogEndOffset == Log.EndOffset)
        {
            return;
        }

        leader.LogEndOffset = Log.EndOffset;
        if (_replicas.Length > 1)
        {
            CatchUp();
        }
        else
        {
            RaiseHighWatermark();
        }
    }

    /// <summary>Lets every follower that replicates take what there is, now or after the delay.</summary>
    private void CatchUp()
    {
        TimeSpan delay = _cluster.Options.ReplicationDelay;
        if (delay == TimeSpan.Zero)
        {
            Arrive(Log.EndOffset);
            return;
        }

        _underWay ??= new Queue<(TimeSpan, long)>();
        _arrival ??= new CallbackTimer(OnArrival);
        _underWay.Enqueue((_cluster.Loop.Now + delay, Log.EndOffset));
        if (!_arrival.IsArmed)
        {
            _cluster.Loop.Arm(_arrival, _underWay.Peek().Due);
        }

        RaiseHighWatermark();
    }

    private void OnArrival()
    {
        while (_underWay!.TryPeek(out (TimeSpan Due, long EndOffset) next))
        {
            if (next.Due > _cluster.Loop.Now)
            {
                _cluster.Loop.Arm(_arrival!, next.Due);
                break;
            }

            _underWay.Dequeue();
            Arrive(next.EndOffset);
        }

        WakeWaiters();
    }

    /// <summary>Every follower that replicates has the log up to an offset now; who has all of it is in sync.</summary>
    private void Arrive(long endOffset)
    {
        bool joined = false;
        foreach (Replica replica in _replicas)
        {
            if (replica.BrokerId == LeaderId)
            {
                continue;
            }

            if (replica.IsReplicating)
            {
                replica.LogEndOffset = Math.Max(replica.LogEndOffset, Math.Min(endOffset, Log.EndOffset));
                joined |= !replica.IsInSync && replica.LogEndOffset >= Math.Max(HighWatermark, Log.Epochs.LatestStart);
                replica.IsInSync |= replica.LogEndOffset >= Math.Max(HighWatermark, Log.Epochs.LatestStart);
                replica.BehindSince = null;
            }
            else if (replica.IsInSync && replica.LogEndOffset < Log.EndOffset)
            {
                replica.BehindSince ??= _cluster.Loop.Now;
                RequireLagCheck();
            }
        }

        if (joined)
        {
            InSyncChanged();
        }
        else
        {
            RaiseHighWatermark();
        }
    }

    private void RequireLagCheck()
    {
        _lagCheck ??= new CallbackTimer(DropLaggards);
        if (!_lagCheck.IsArmed)
        {
            _cluster.Loop.Arm(_lagCheck, _cluster.Loop.Now + MaxLag);
        }
    }

    private TimeSpan MaxLag => TimeSpan.FromMilliseconds(_cluster.Configs.GetNumber("replica.lag.time.max.ms"));

    /// <summary>Followers that have lagged for too long are out of sync.</summary>
    private void DropLaggards()
    {
        TimeSpan now = _cluster.Loop.Now;
        TimeSpan? next = null;
        bool dropped = false;
        foreach (Replica replica in _replicas)
        {
            if (Leader is null || replica.BrokerId == LeaderId || !replica.IsInSync || replica.BehindSince is not { } since)
            {
                continue;
            }

            if (now - since >= MaxLag)
            {
                replica.IsInSync = false;
                dropped = true;
            }
            else
            {
                next = next is { } known && known < since + MaxLag ? known : since + MaxLag;
            }
        }

        if (next is { } due)
        {
            _cluster.Loop.Arm(_lagCheck!, due);
        }

        if (dropped)
        {
            InSyncChanged();
        }
    }

    private void InSyncChanged()
    {
        RefreshInSync();
        TryCompleteReassignment();
        RaiseHighWatermark();
        WakeWaiters();
    }

    private void RefreshInSync()
    {
        int count = 0;
        foreach (Replica replica in _replicas)
        {
            count += replica.IsInSync ? 1 : 0;
        }

        int[] inSync = new int[count];
        count = 0;
        foreach (Replica replica in _replicas)
        {
            if (replica.IsInSync)
            {
                inSync[count++] = replica.BrokerId;
            }
        }

        InSyncReplicas = inSync;
    }

    /// <summary>It never falls but by truncation, and stands still while too few replicas are in sync.</summary>
    private void RaiseHighWatermark()
    {
        if (Leader is null)
        {
            return;
        }

        if (!IsUnderMinInSync)
        {
            long lowest = Log.EndOffset;
            foreach (Replica replica in _replicas)
            {
                lowest = replica.IsInSync ? Math.Min(lowest, replica.LogEndOffset) : lowest;
            }

            HighWatermark = Math.Max(HighWatermark, lowest);
        }

        foreach (Replica replica in _replicas)
        {
            if (replica.IsReplicating || replica.BrokerId == LeaderId)
            {
                replica.HighWatermark = Math.Min(HighWatermark, replica.LogEndOffset);
            }
        }

        Log.DropBySize(HighWatermark);
    }

    /// <summary>Nothing more is due.</summary>
    public void StopTimers()
    {
        if (_arrival is not null)
        {
            _cluster.Loop.Disarm(_arrival);
        }

        if (_lagCheck is not null)
        {
            _cluster.Loop.Disarm(_lagCheck);
        }
    }
}
