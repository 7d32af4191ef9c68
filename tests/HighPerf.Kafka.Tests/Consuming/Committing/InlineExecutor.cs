using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Tests.Consuming.Committing;

/// <summary>Runs what is queued when the test says so, in order.</summary>
internal sealed class InlineExecutor : WorkExecutor
{
    private readonly Queue<IThreadPoolWorkItem> _items = new();

    public override void Queue(IThreadPoolWorkItem item) => _items.Enqueue(item);

    public void RunAll()
    {
        while (_items.TryDequeue(out IThreadPoolWorkItem? item))
        {
            item.Execute();
        }
    }
}
