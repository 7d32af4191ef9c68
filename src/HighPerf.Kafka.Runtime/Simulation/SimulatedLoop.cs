namespace HighPerf.Kafka.Runtime;

/// <summary>A loop of the simulation. Whether an idle loop is entered at once is the seed's choice, since in production both happen.</summary>
internal sealed class SimulatedLoop : EventLoop
{
    private readonly SimulationScheduler _scheduler;
    private readonly WorkExecutor _executor;
    private readonly Source _source;
    private readonly Queue<IThreadPoolWorkItem> _items = [];
    private readonly TimerHeap _timers = new();
    private readonly Alarm _alarm;
    private bool _running;
    private bool _released;

    public SimulatedLoop(SimulationScheduler scheduler, WorkExecutor executor, string name)
    {
        _executor = executor;
        _scheduler = scheduler;
        _source = new Source(this, scheduler.NextId, name);
        _alarm = new Alarm(this);
        scheduler.Add(_source);
        scheduler.Log.Add(SimulatedEventKind.Loop, _source.Id, StableHash.Of(name));
    }

    public override bool IsOwner => _running;

    public override TimeSpan Now => _scheduler.Now;

    public override void Post(IThreadPoolWorkItem item)
    {
        _scheduler.CheckThread();
        _items.Enqueue(item);
        BecomeReady();
    }

    public override void RunOrPost(IThreadPoolWorkItem item)
    {
        _scheduler.CheckThread();
        if (_running || _items.Count > 0 || !_scheduler.Random.Chance(0.5))
        {
            Post(item);
            return;
        }

        _scheduler.Log.Add(SimulatedEventKind.Inline, _source.Id);
        Run(item);
    }

    public override void QueueAfter(IThreadPoolWorkItem item) => _executor.Queue(item);

    public override void Arm(LoopTimer timer, TimeSpan due)
    {
        CheckOwner();
        _timers.Arm(timer, due);
        SetAlarm();
    }

    public override void Disarm(LoopTimer timer)
    {
        CheckOwner();
        _timers.Disarm(timer);
        SetAlarm();
    }

    public void Release()
    {
        _released = true;
        _scheduler.Disarm(_alarm);
    }

    private void CheckOwner()
    {
        if (!_running)
        {
            throw new InvalidOperationException($"A timer of loop '{_source.Name}' was touched by code that does not own the loop.");
        }
    }

    private void BecomeReady()
    {
        if (!_running && _items.Count > 0)
        {
            _scheduler.MakeReady(_source);
        }
    }

    private void Run(IThreadPoolWorkItem item)
    {
        SynchronizationContext? outer = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        _running = true;
        try
        {
            item.Execute();
        }
        catch (Exception error)
        {
            _scheduler.Fail(error);
        }
        finally
        {
            _running = false;
            SynchronizationContext.SetSynchronizationContext(outer);
        }

        BecomeReady();
    }

    private void SetAlarm()
    {
        if (_timers.Count == 0 || _released)
        {
            _scheduler.Disarm(_alarm);
        }
        else if (!_alarm.IsArmed || _alarm.Due != _timers.EarliestDue)
        {
            _scheduler.Arm(_alarm, _timers.EarliestDue);
        }
    }

    private void FireDueTimers()
    {
        for (int left = _timers.Count; left > 0 && _timers.TryTakeDue(Now, out LoopTimer timer); left--)
        {
            timer.OnDue();
        }

        SetAlarm();
    }

    private sealed class Source(SimulatedLoop loop, ulong id, string name) : SimulatedSource(id, name)
    {
        public override string Describe() =>
            $"loop, {loop._items.Count} queued, {loop._timers.Count} timers" +
            (loop._timers.Count > 0 ? $", next at {loop._timers.EarliestDue}" : string.Empty);

        public override void RunOne() => loop.Run(loop._items.Dequeue());
    }

    /// <summary>Fires between two steps; the timers themselves fire on the loop.</summary>
    private sealed class Alarm(SimulatedLoop loop) : LoopTimer, IThreadPoolWorkItem
    {
        public void Execute() => loop.FireDueTimers();

        protected internal override void OnDue() => loop.Post(this);
    }
}
