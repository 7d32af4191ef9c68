namespace HighPerf.Kafka.Runtime.Tests;

public sealed class AsyncSignalTests
{
    private readonly ManualExecutor _executor = new();

    [Fact]
    public void Many_sets_before_a_wait_count_once()
    {
        AsyncSignal signal = new(_executor);
        signal.Set();
        signal.Set();
        Assert.True(signal.WaitAsync().IsCompletedSuccessfully);
        ValueTask second = signal.WaitAsync();
        Assert.False(second.IsCompleted);
        signal.Set();
        Assert.True(second.IsCompletedSuccessfully);
        second.Take();
    }

    [Fact]
    public void A_set_after_the_end_of_a_wait_is_kept_for_the_next()
    {
        AsyncSignal signal = new(_executor);
        ValueTask wait = signal.WaitAsync();
        signal.Set();
        signal.Set();
        wait.Take();
        Assert.True(signal.WaitAsync().IsCompletedSuccessfully);
    }

    [Fact]
    public void The_waiter_runs_on_the_executor()
    {
        AsyncSignal signal = new(_executor);
        Task task = signal.WaitAsync().AsTask();
        signal.Set();
        Assert.False(task.IsCompleted);
        _executor.RunAll();
        Assert.True(task.IsCompletedSuccessfully);
    }

    [Fact]
    public void Cancelling_ends_the_wait_and_the_signal_goes_on()
    {
        using CancellationTokenSource source = new();
        AsyncSignal signal = new(_executor);
        ValueTask wait = signal.WaitAsync(source.Token);
        source.Cancel();
        Assert.Throws<OperationCanceledException>(() => wait.Take());
        signal.Set();
        Assert.True(signal.WaitAsync().IsCompletedSuccessfully);
        Assert.True(signal.WaitAsync(source.Token).IsCanceled);
    }

    [Fact]
    public void A_second_waiter_is_refused()
    {
        AsyncSignal signal = new(_executor);
        ValueTask first = signal.WaitAsync();
        Assert.Throws<InvalidOperationException>(() => signal.WaitAsync().Take());
        signal.Set();
        first.Take();
    }

    [Fact]
    public async Task No_set_is_lost_between_threads()
    {
        AsyncSignal signal = new(new ThreadPoolExecutor());
        const int Items = 100_000;
        int written = 0;
        Thread writer = new(() =>
        {
            for (int i = 1; i <= Items; i++)
            {
                Volatile.Write(ref written, i);
                signal.Set();
            }
        });
        writer.Start();
        while (Volatile.Read(ref written) < Items)
        {
            await signal.WaitAsync().AsTask().WaitAsync(LoopExtensions.Patience);
        }

        writer.Join();
    }

    [Fact]
    public void A_wait_allocates_nothing()
    {
        AsyncSignal signal = new(_executor);
        int ran = 0;
        Action continuation = () => ran++;
        Use();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            Use();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(1001, ran);

        void Use()
        {
            var awaiter = signal.WaitAsync().ConfigureAwait(false).GetAwaiter();
            awaiter.UnsafeOnCompleted(continuation);
            signal.Set();
            _executor.RunAll();
            awaiter.GetResult();
        }
    }
}
