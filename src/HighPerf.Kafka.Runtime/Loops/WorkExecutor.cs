namespace HighPerf.Kafka.Runtime;

/// <summary>
/// Where everything runs that needs a thread and may not run on a loop: a user's continuations and callbacks, compression and decompression.
/// The thread pool in production, the scheduler in simulation.
/// </summary>
internal abstract class WorkExecutor
{
    public abstract void Queue(IThreadPoolWorkItem item);
}
