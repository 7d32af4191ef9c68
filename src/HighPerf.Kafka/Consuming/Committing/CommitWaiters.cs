using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Runtime;
using Microsoft.Extensions.ObjectPool;

namespace HighPerf.Kafka.Consuming.Committing;

/// <summary>The waiters of one consumer's commits: those that wait are counted, those that do not are kept for the next. Thread-safe.</summary>
internal sealed class CommitWaiters
{
    private const int MostKept = 4096;

    private readonly ObjectPool<CommitWaiter> _pool;
    private int _pending; // interlocked

    public CommitWaiters(WorkExecutor executor)
    {
        Executor = executor;
        _pool = new DefaultObjectPool<CommitWaiter>(new FactoryPolicy<CommitWaiter>(() => new CommitWaiter(this)), MostKept);
    }

    public WorkExecutor Executor { get; }

    /// <summary>How many callers wait.</summary>
    public int Pending => Volatile.Read(ref _pending);

    public CommitWaiter Rent()
    {
        Interlocked.Increment(ref _pending);
        return _pool.Get();
    }

    public void Decided() => Interlocked.Decrement(ref _pending);

    public void Return(CommitWaiter waiter) => _pool.Return(waiter);
}
