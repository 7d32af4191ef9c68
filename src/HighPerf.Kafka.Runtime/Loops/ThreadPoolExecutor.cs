namespace HighPerf.Kafka.Runtime;

/// <summary>The executor of production: the thread pool.</summary>
internal sealed class ThreadPoolExecutor : WorkExecutor
{
    public override void Queue(IThreadPoolWorkItem item) => ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false);
}
