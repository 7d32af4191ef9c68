namespace HighPerf.Kafka.Runtime;

/// <summary>
/// A loop without a thread: whoever finds it idle runs it. A caller that comes in by <see cref="RunOrPost"/> runs its own item and a few that arrived
/// meanwhile, then hands what is left to the executor; <see cref="Post"/> on an idle loop goes to the executor at once. The states and hand-overs are
/// those of <see cref="SerialRunner{TYield}"/>.
/// </summary>
internal sealed class BorrowedLoop : ProductionLoop
{
    /// <summary>How many items that arrived meanwhile a lending caller runs besides its own: it must not become the servant of others.</summary>
    private const int LentItems = 8;

    /// <summary>How many items a pool thread runs before it queues up again behind the pool's other work.</summary>
    private const int PumpedItems = 512;

    private readonly WorkExecutor _executor;

    /// <summary>Owner: the loop.</summary>
    private readonly LoopAlarm _alarm;

    /// <summary>Owner: the loop. Whether its thread is one of the pool that came to run it, and no caller's.</summary>
    private bool _isPoolTurn;

    /// <summary>Owner: the loop. What its thread runs when it has left.</summary>
    private IThreadPoolWorkItem? _after;

    public BorrowedLoop(ProductionEnvironment environment)
        : base(environment)
    {
        _executor = environment.Executor;
        _alarm = new LoopAlarm(this, environment.Time, OnAlarm);
    }

    public override void Post(IThreadPoolWorkItem item)
    {
        if (Runner.Post(item))
        {
            _executor.Queue(this);
        }
    }

    public override void RunOrPost(IThreadPoolWorkItem item)
    {
        if (Runner.RunOrPost(item, LentItems))
        {
            _executor.Queue(this);
        }
    }

    /// <summary>
    /// The thread stays as long as there is work, and runs what <see cref="QueueAfter"/> left it: an awaited send takes two hand-overs without that, and one
    /// with it.
    /// </summary>
    public override void RunOrPostFromPool(IThreadPoolWorkItem item)
    {
        if (!Runner.TryEnter())
        {
            Post(item);
            return;
        }

        _isPoolTurn = true;
        Runner.Execute(item);
        RunAndLeave();
    }

    public override void QueueAfter(IThreadPoolWorkItem item)
    {
        if (_isPoolTurn && _after is null)
        {
            _after = item;
            return;
        }

        _executor.Queue(item);
    }

    public override void Arm(LoopTimer timer, TimeSpan due)
    {
        base.Arm(timer, due);
        _alarm.Require(Timers.EarliestDue);
    }

    public override void Execute()
    {
        Runner.Enter();
        _isPoolTurn = true;
        RunAndLeave();
    }

    /// <summary>Gives back the alarm; what is posted later still runs, timers do not fire.</summary>
    public override void Release() => Post(new ReleaseItem(this));

    // Of what was left to run after the loop it takes one item, since that may block: the others went to the executor.
    private void RunAndLeave()
    {
        IThreadPoolWorkItem? after = null;
        bool left = false;
        for (int limit = PumpedItems; limit > 0 && !left;)
        {
            _isPoolTurn = after is null;
            limit -= Runner.Run(limit);
            after ??= _after;
            _after = null;
            _isPoolTurn = false;
            left = Runner.TryLeave();
        }

        if (!left)
        {
            Runner.HandOn();
            _executor.Queue(this);
        }

        after?.Execute();
    }

    private void OnAlarm()
    {
        FireDueTimers();
        if (Timers.Count > 0)
        {
            _alarm.Require(Timers.EarliestDue);
        }
    }

    private sealed class ReleaseItem(BorrowedLoop loop) : IThreadPoolWorkItem
    {
        public void Execute() => loop._alarm.Dispose();
    }
}
