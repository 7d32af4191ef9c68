namespace HighPerf.Kafka.Runtime;

/// <summary>Where the application under test runs: its continuations come back here in order, one at a time, pumped by the scheduler.</summary>
internal sealed class SimulatedSynchronizationContext : SynchronizationContext
{
    private readonly SimulationScheduler _scheduler;
    private readonly Source _source;
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _items = [];

    public SimulatedSynchronizationContext(SimulationScheduler scheduler)
    {
        _scheduler = scheduler;
        _source = new Source(this, scheduler.NextId);
        scheduler.Add(_source);
    }

    public override void Post(SendOrPostCallback d, object? state)
    {
        _scheduler.CheckThread();
        _items.Enqueue((d, state));
        _scheduler.MakeReady(_source);
    }

    public override void Send(SendOrPostCallback d, object? state)
    {
        _scheduler.CheckThread();
        d(state);
    }

    public override SynchronizationContext CreateCopy() => this;

    private void RunOne()
    {
        (SendOrPostCallback callback, object? state) = _items.Dequeue();
        if (_items.Count > 0)
        {
            _scheduler.MakeReady(_source);
        }

        SynchronizationContext? outer = Current;
        SetSynchronizationContext(this);
        try
        {
            callback(state);
        }
        catch (Exception error)
        {
            _scheduler.Fail(error);
        }
        finally
        {
            SetSynchronizationContext(outer);
        }
    }

    private sealed class Source(SimulatedSynchronizationContext context, ulong id) : SimulatedSource(id, "application")
    {
        public override string Describe() => $"{context._items.Count} continuations queued";

        public override void RunOne() => context.RunOne();
    }
}
