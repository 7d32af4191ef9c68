namespace HighPerf.Kafka.Runtime.Tests;

/// <summary>An executor that runs its items when the test says so, on the test's thread.</summary>
internal sealed class ManualExecutor : WorkExecutor
{
    private readonly Queue<IThreadPoolWorkItem> _items = [];

    public int Queued => _items.Count;

    public override void Queue(IThreadPoolWorkItem item) => _items.Enqueue(item);

    public void RunAll()
    {
        while (_items.TryDequeue(out IThreadPoolWorkItem? item))
        {
            item.Execute();
        }
    }
}
