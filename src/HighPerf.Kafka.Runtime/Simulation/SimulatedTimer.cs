namespace HighPerf.Kafka.Runtime;

/// <summary>A timer of the simulated <see cref="TimeProvider"/>. Owner: the simulation's thread.</summary>
internal sealed class SimulatedTimer(SimulationScheduler scheduler, WorkExecutor executor, TimerCallback callback, object? state)
    : LoopTimer, ITimer, IThreadPoolWorkItem
{
    private readonly ExecutionContext? _context = ExecutionContext.Capture();
    private TimeSpan _period = Timeout.InfiniteTimeSpan;
    private bool _disposed;

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        if (_disposed)
        {
            return false;
        }

        _period = period;
        if (dueTime == Timeout.InfiniteTimeSpan)
        {
            scheduler.Disarm(this);
        }
        else
        {
            scheduler.Arm(this, scheduler.Now + dueTime);
        }

        return true;
    }

    public void Execute()
    {
        if (_disposed)
        {
            return;
        }

        if (_context is null)
        {
            callback(state);
        }
        else
        {
            ExecutionContext.Run(_context, static timer => ((SimulatedTimer)timer!).Call(), this);
        }
    }

    public void Dispose()
    {
        _disposed = true;
        scheduler.Disarm(this);
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return default;
    }

    protected internal override void OnDue()
    {
        if (_period > TimeSpan.Zero)
        {
            scheduler.Arm(this, scheduler.Now + _period);
        }

        executor.Queue(this);
    }

    private void Call() => callback(state);
}
