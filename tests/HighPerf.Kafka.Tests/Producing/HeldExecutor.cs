using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Tests.Producing;

/// <summary>An executor whose items run when the test says so.</summary>
internal sealed class HeldExecutor : WorkExecutor
{
    private readonly Queue<IThreadPoolWorkItem> _items = [];

    public override void Queue(IThreadPoolWorkItem item) => _items.Enqueue(item);

    public void RunAll()
    {
        while (_items.TryDequeue(out IThreadPoolWorkItem? item))
        {
            item.Execute();
        }
    }
}
