namespace HighPerf.Kafka.Runtime;

/// <summary>The executor of the simulation: items run in an order of the seed's choice, as they may on a pool of threads.</summary>
internal sealed class SimulatedExecutor : WorkExecutor
{
    private readonly SimulationScheduler _scheduler;
    private readonly Source _source;
    private readonly List<IThreadPoolWorkItem> _items = [];

    public SimulatedExecutor(SimulationScheduler scheduler)
    {
        _scheduler = scheduler;
        _source = new Source(this, scheduler.NextId);
        scheduler.Add(_source);
    }

    public override void Queue(IThreadPoolWorkItem item)
    {
        _scheduler.CheckThread();
        _items.Add(item);
        _scheduler.MakeReady(_source);
    }

    private void RunOne()
    {
        int index = _items.Count == 1 ? 0 : _scheduler.Random.Next(_items.Count);
        IThreadPoolWorkItem item = _items[index];
        _items.RemoveAt(index);
        if (_items.Count > 0)
        {
            _scheduler.MakeReady(_source);
        }

        SynchronizationContext? outer = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
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
            SynchronizationContext.SetSynchronizationContext(outer);
        }
    }

    private sealed class Source(SimulatedExecutor executor, ulong id) : SimulatedSource(id, "executor")
    {
        public override string Describe() => $"{executor._items.Count} queued";

        public override void RunOne() => executor.RunOne();
    }
}
