namespace HighPerf.Kafka.Runtime;

/// <summary>
/// A loop with a background thread of its own, which waits in the kernel while there is nothing to do, no longer than until its next timer. It never
/// spins: at a low rate of events spinning costs more than the work. No other thread ever runs it, so <see cref="RunOrPost"/> posts.
/// </summary>
/// <remarks>
/// Going to sleep: the thread leaves the mailbox (now idle) and waits to be signalled. Whoever posts into an idle mailbox has taken it from the
/// sleeper's point of view, and signals; the thread wakes as the owner. When the wait times out, the thread enters the mailbox itself; if that fails
/// somebody has just posted, and the signal is on its way. After <see cref="Release"/> the thread runs what is queued and ends; what comes later (a
/// socket's last completion) runs on the executor, so nothing is lost.
/// </remarks>
internal sealed class DedicatedLoop : ProductionLoop
{
    /// <summary>How many items run between two looks at the timers.</summary>
    private const int ItemsPerTurn = 256;

    private readonly Thread _thread;
    private readonly object _gate = new();

    /// <summary>Only when time is not the system's: then the kernel's clock says nothing about when a timer is due. Owner: the loop.</summary>
    private readonly LoopAlarm? _alarm;

    /// <summary>Guarded by <see cref="_gate"/>.</summary>
    private bool _signalled;

    /// <summary>Written by the owner; read by the poster that moved the mailbox away from idle, which comes after.</summary>
    private bool _released;

    public DedicatedLoop(ProductionEnvironment environment, string name)
        : base(environment)
    {
        if (!ReferenceEquals(environment.Time, TimeProvider.System))
        {
            _alarm = new LoopAlarm(this, environment.Time, static () => { });
        }

        _thread = new Thread(RunThread) { IsBackground = true, Name = name };
        _thread.UnsafeStart();
    }

    public override void Post(IThreadPoolWorkItem item)
    {
        if (Runner.Post(item))
        {
            Wake();
        }
    }

    public override void RunOrPost(IThreadPoolWorkItem item) => Post(item);

    public override void QueueAfter(IThreadPoolWorkItem item) => Environment.Executor.Queue(item);

    /// <summary>Runs late items, after the thread is gone.</summary>
    public override void Execute()
    {
        Runner.Enter();
        do
        {
            Runner.Run(int.MaxValue);
        }
        while (!Runner.TryLeave());
    }

    /// <summary>Ends the thread once everything queued has run.</summary>
    public override void Release() => Post(new ReleaseItem(this));

    private void Wake()
    {
        if (_released)
        {
            Environment.Executor.Queue(this);
            return;
        }

        lock (_gate)
        {
            _signalled = true;
            Monitor.Pulse(_gate);
        }
    }

    private void RunThread()
    {
        while (!Runner.TryEnter())
        {
            // Somebody posted before the thread ran: it signalled, and handed the loop to us.
            if (WaitForSignal(Timeout.Infinite))
            {
                Runner.Enter();
                break;
            }
        }

        while (true)
        {
            int done = Runner.Run(ItemsPerTurn);
            FireDueTimers();
            if (done == ItemsPerTurn)
            {
                continue;
            }

            if (_released)
            {
                _alarm?.Dispose();
                Runner.HandOn();
                Environment.Executor.Queue(this);
                return;
            }

            int wait = MillisecondsToNextTimer();
            if (wait != 0 && Runner.TryLeave())
            {
                Sleep(wait);
            }
        }
    }

    private void Sleep(int milliseconds)
    {
        while (!WaitForSignal(milliseconds))
        {
            if (Runner.TryEnter())
            {
                return;
            }

            milliseconds = Timeout.Infinite;
        }

        Runner.Enter();
    }

    private bool WaitForSignal(int milliseconds)
    {
        lock (_gate)
        {
            if (!_signalled)
            {
                Monitor.Wait(_gate, milliseconds);
            }

            bool signalled = _signalled;
            _signalled = false;
            return signalled;
        }
    }

    /// <summary>0: one is due. Infinite: none is armed, or the alarm will post.</summary>
    private int MillisecondsToNextTimer()
    {
        if (Timers.Count == 0)
        {
            return Timeout.Infinite;
        }

        TimeSpan due = Timers.EarliestDue;
        double wait = Math.Ceiling((due - Now).TotalMilliseconds);
        if (wait <= 0)
        {
            return 0;
        }

        if (_alarm is not null)
        {
            _alarm.Require(due);
            return Timeout.Infinite;
        }

        return (int)Math.Min(wait, 3_600_000);
    }

    private sealed class ReleaseItem(DedicatedLoop loop) : IThreadPoolWorkItem
    {
        public void Execute() => loop._released = true;
    }
}
