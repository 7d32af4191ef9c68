using Microsoft.Extensions.ObjectPool;

namespace HighPerf.Kafka.Runtime;

/// <summary>
/// The completions of one client and one result type: rented when an operation begins, back by themselves when both sides have let go. Thread-safe;
/// keeps a bounded number.
/// </summary>
internal sealed class CompletionPool<T>
{
    private readonly DefaultObjectPool<PooledCompletion<T>> _pool;

    /// <param name="executor">Where continuations run.</param>
    /// <param name="retained">How many unused completions are kept at most.</param>
    public CompletionPool(WorkExecutor executor, int retained)
    {
        Executor = executor;
        _pool = new DefaultObjectPool<PooledCompletion<T>>(new Policy(this), retained);
    }

    public WorkExecutor Executor { get; }

    /// <summary>A completion for one operation. Its two sides are described there.</summary>
    public PooledCompletion<T> Rent() => _pool.Get();

    internal void Return(PooledCompletion<T> completion) => _pool.Return(completion);

    private sealed class Policy(CompletionPool<T> owner) : PooledObjectPolicy<PooledCompletion<T>>
    {
        public override PooledCompletion<T> Create() => new(owner);

        public override bool Return(PooledCompletion<T> obj) => true;
    }
}
