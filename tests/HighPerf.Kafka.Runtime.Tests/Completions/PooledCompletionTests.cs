namespace HighPerf.Kafka.Runtime.Tests;

public sealed class PooledCompletionTests
{
    private readonly ManualExecutor _executor = new();
    private readonly CompletionPool<int> _pool;

    public PooledCompletionTests()
    {
        _pool = new CompletionPool<int>(_executor, retained: 4);
    }

    [Fact]
    public void A_result_that_is_there_is_taken_without_the_executor()
    {
        PooledCompletion<int> completion = _pool.Rent();
        ValueTask<int> wait = completion.AsValueTask();
        Assert.False(wait.IsCompleted);
        Assert.True(completion.TrySetResult(7));
        Assert.True(wait.IsCompletedSuccessfully);
        Assert.Equal(7, wait.Take());
        Assert.Equal(0, _executor.Queued);
    }

    [Fact]
    public void A_continuation_runs_on_the_executor_and_not_in_the_completing_call()
    {
        PooledCompletion<int> completion = _pool.Rent();
        int got = 0;
        Task task = Wait();
        completion.TrySetResult(5);
        Assert.Equal(0, got);
        _executor.RunAll();
        Assert.Equal(5, got);
        Assert.True(task.IsCompletedSuccessfully);

        async Task Wait() => got = await completion.AsValueTask().ConfigureAwait(false);
    }

    [Fact]
    public void Completing_on_the_executor_runs_the_continuation_in_the_call()
    {
        PooledCompletion<int> completion = _pool.Rent();
        Task<int> task = completion.AsValueTask().AsTask();
        completion.TrySetResultOnExecutor(5);
        Assert.True(task.IsCompletedSuccessfully);
        Assert.Equal(0, _executor.Queued);
    }

    [Fact]
    public void A_continuation_comes_back_to_the_context_it_was_awaited_on()
    {
        SimulatedEnvironment environment = new(1);
        CompletionPool<int> pool = new(environment.Executor, 4);
        EventLoop loop = environment.CreateLoop("loop", LoopKind.Borrowed);
        environment.Run(
            async () =>
            {
                SynchronizationContext? before = SynchronizationContext.Current;
                Assert.NotNull(before);
                PooledCompletion<int> completion = pool.Rent();
                loop.Post(new ActionItem(() => completion.TrySetResult(3)));
                Assert.Equal(3, await completion.AsValueTask());
                Assert.Same(before, SynchronizationContext.Current);
                Assert.False(loop.IsOwner);
            },
            TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void An_error_comes_out_as_it_went_in()
    {
        PooledCompletion<int> completion = _pool.Rent();
        ValueTask wait = completion.AsPlainValueTask();
        completion.TrySetException(new FormatException("text"));
        Assert.True(wait.IsFaulted);
        Assert.Equal("text", Assert.Throws<FormatException>(() => wait.Take()).Message);
    }

    [Fact]
    public void Cancelling_detaches_the_waiter_and_the_object_returns_when_the_worker_lets_go()
    {
        using CancellationTokenSource source = new();
        PooledCompletion<int> completion = _pool.Rent();
        ValueTask<int> wait = completion.AsValueTask(source.Token);
        source.Cancel();
        Assert.True(completion.IsCancelled);
        Assert.True(wait.IsCanceled);
        OperationCanceledException error = Assert.Throws<OperationCanceledException>(() => wait.Take());
        Assert.Equal(source.Token, error.CancellationToken);
        PooledCompletion<int> other = _pool.Rent();
        Assert.NotSame(completion, other);
        Assert.False(completion.TrySetResult(1));
        Assert.Same(completion, _pool.Rent());
        ValueTask<int> fresh = completion.AsValueTask();
        Assert.False(fresh.IsCompleted);
        completion.TrySetResult(2);
        Assert.Equal(2, fresh.Take());
    }

    [Fact]
    public void A_cancellation_after_completion_changes_nothing()
    {
        using CancellationTokenSource source = new();
        PooledCompletion<int> completion = _pool.Rent();
        ValueTask<int> wait = completion.AsValueTask(source.Token);
        completion.TrySetResult(9);
        source.Cancel();
        Assert.Equal(9, wait.Take());
    }

    [Fact]
    public void Awaiting_twice_is_noticed()
    {
        PooledCompletion<int> completion = _pool.Rent();
        ValueTask<int> wait = completion.AsValueTask();
        completion.TrySetResult(1);
        Assert.Equal(1, wait.Take());
        Assert.Throws<InvalidOperationException>(() => wait.Take());
    }

    [Fact]
    public void Completing_twice_is_noticed()
    {
        PooledCompletion<int> completion = _pool.Rent();
        completion.TrySetResult(1);
        Assert.Throws<InvalidOperationException>(() => completion.TrySetResult(1));
    }

    [Fact]
    public void A_use_allocates_nothing()
    {
        int sum = 0;
        Action continuation = () => sum++;
        Use(continuation);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            Use(continuation);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(1001, sum);
    }

    [Fact]
    public async Task Completion_and_cancellation_at_once_give_exactly_one_outcome_each()
    {
        CompletionPool<int> pool = new(new ThreadPoolExecutor(), retained: 8);
        int cancelled = 0;
        using Barrier barrier = new(2);
        const int Rounds = 3000;
        PooledCompletion<int>[] completions = new PooledCompletion<int>[Rounds];
        Thread worker = new(() =>
        {
            for (int i = 0; i < Rounds; i++)
            {
                barrier.SignalAndWait();
                completions[i].TrySetResult(i);
            }
        });
        worker.Start();
        for (int i = 0; i < Rounds; i++)
        {
            using CancellationTokenSource source = new();
            PooledCompletion<int> completion = pool.Rent();
            ValueTask<int> wait = completion.AsValueTask(source.Token);
            completions[i] = completion;
            barrier.SignalAndWait();
            source.Cancel();
            try
            {
                Assert.Equal(i, await wait);
            }
            catch (OperationCanceledException)
            {
                cancelled++;
            }
        }

        worker.Join();
        Assert.InRange(cancelled, 0, Rounds);
    }

    private void Use(Action continuation)
    {
        PooledCompletion<int> completion = _pool.Rent();
        var awaiter = completion.AsValueTask().ConfigureAwait(false).GetAwaiter();
        awaiter.UnsafeOnCompleted(continuation);
        completion.TrySetResult(4);
        _executor.RunAll();
        if (awaiter.GetResult() != 4)
        {
            throw new InvalidOperationException("The result is not what was set.");
        }
    }
}
