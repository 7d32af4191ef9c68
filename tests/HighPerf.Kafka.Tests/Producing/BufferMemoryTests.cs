using HighPerf.Kafka.Producing;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Tests.Producing;

public sealed class BufferMemoryTests
{
    private readonly HeldExecutor _executor = new();
    private readonly BufferMemory _memory;

    public BufferMemoryTests() => _memory = new BufferMemory(100, _executor);

    [Fact]
    public void What_is_free_is_given_and_not_more()
    {
        Assert.True(_memory.TryReserve(60));
        Assert.False(_memory.TryReserve(41));
        Assert.True(_memory.TryReserve(40));
        Assert.Equal(100, _memory.Used);
        _memory.Release(100);
        Assert.Equal(0, _memory.Used);
    }

    [Fact]
    public void Waiters_are_served_in_order_and_newcomers_do_not_overtake()
    {
        _memory.TryReserve(100);
        ValueTask large = _memory.ReserveAsync(80, TimeSpan.MaxValue, default);
        ValueTask small = _memory.ReserveAsync(10, TimeSpan.MaxValue, default);
        _memory.Release(50);
        Assert.False(_memory.TryReserve(10));
        Drain();
        Assert.False(large.IsCompleted || small.IsCompleted);
        _memory.Release(50);
        Drain();
        Assert.True(large.IsCompletedSuccessfully && small.IsCompletedSuccessfully);
        Assert.Equal(90, _memory.Used);
        Assert.False(_memory.HasWaiters);
    }

    [Fact]
    public void A_cancelled_waiter_takes_nothing_and_lets_the_next_one_on()
    {
        using CancellationTokenSource cancellation = new();
        _memory.TryReserve(50);
        ValueTask large = _memory.ReserveAsync(90, TimeSpan.MaxValue, cancellation.Token);
        ValueTask small = _memory.ReserveAsync(10, TimeSpan.MaxValue, default);
        cancellation.Cancel();
        Drain();
        Assert.True(large.IsCanceled);
        Assert.True(small.IsCompletedSuccessfully);
        Assert.Equal(60, _memory.Used);
    }

    [Fact]
    public void Closing_fails_those_who_wait_and_those_who_come()
    {
        _memory.TryReserve(100);
        ValueTask waiting = _memory.ReserveAsync(1, TimeSpan.MaxValue, default);
        _memory.Close(new ObjectDisposedException("p"));
        Drain();
        Assert.True(waiting.IsFaulted);
        Assert.True(_memory.ReserveAsync(1, TimeSpan.MaxValue, default).IsFaulted);
        Assert.Equal(100, _memory.Used);
    }

    [Fact]
    public void Who_is_overdue_fails_and_lets_those_on_who_want_less()
    {
        _memory.TryReserve(50);
        ValueTask late = _memory.ReserveAsync(90, TimeSpan.FromSeconds(5), default);
        ValueTask early = _memory.ReserveAsync(80, TimeSpan.FromSeconds(3), default);
        ValueTask small = _memory.ReserveAsync(10, TimeSpan.FromSeconds(9), default);
        Assert.Equal(TimeSpan.FromSeconds(3), _memory.FailOverdue(TimeSpan.FromSeconds(2)));
        Assert.Equal(TimeSpan.FromSeconds(5), _memory.FailOverdue(TimeSpan.FromSeconds(3)));
        Drain();
        Assert.True(early.IsFaulted);
        Assert.False(late.IsCompleted || small.IsCompleted);
        Assert.Equal(TimeSpan.FromSeconds(9), _memory.FailOverdue(TimeSpan.FromSeconds(5)));
        Drain();
        Assert.True(late.IsFaulted && small.IsCompletedSuccessfully);
        Assert.Equal(60, _memory.Used);
        Assert.Equal(TimeSpan.MaxValue, _memory.FailOverdue(TimeSpan.FromSeconds(9)));
        Assert.False(_memory.HasWaiters);
    }

    [Fact]
    public void A_lower_limit_admits_nothing_until_what_is_there_has_gone_below_it()
    {
        _memory.TryReserve(90);
        _memory.SetLimit(50);
        Assert.Equal(90, _memory.Used);
        ValueTask waiting = _memory.ReserveAsync(10, TimeSpan.MaxValue, default);
        _memory.Release(45);
        Drain();
        Assert.False(waiting.IsCompleted);
        _memory.Release(5);
        Drain();
        Assert.True(waiting.IsCompletedSuccessfully);
        Assert.Equal(50, _memory.Used);
        Assert.False(_memory.TryReserve(1));
    }

    [Fact]
    public void A_higher_limit_lets_those_on_who_wait()
    {
        _memory.SetLimit(50);
        _memory.TryReserve(50);
        ValueTask waiting = _memory.ReserveAsync(30, TimeSpan.MaxValue, default);
        _memory.SetLimit(80);
        Drain();
        Assert.True(waiting.IsCompletedSuccessfully);
        Assert.False(_memory.TryReserve(1));
    }

    [Fact]
    public void Who_is_refused_is_told_once()
    {
        Assert.False(_memory.TakeRefused());
        _memory.TryReserve(100);
        Assert.False(_memory.TakeRefused());
        Assert.False(_memory.TryReserve(1));
        Assert.True(_memory.TakeRefused());
        Assert.False(_memory.TakeRefused());
    }

    [Fact]
    public async Task Many_threads_never_take_more_than_there_is_and_no_wake_up_is_lost()
    {
        BufferMemory memory = new(1000, new ProductionEnvironment().Executor);
        long taken = 0;
        long most = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Run(async () =>
        {
            for (int i = 0; i < 2000; i++)
            {
                int size = 1 + (((thread * 7919) + (i * 104729)) % 900);
                if (!memory.TryReserve(size))
                {
                    await memory.ReserveAsync(size, TimeSpan.MaxValue, default);
                }

                long now = Interlocked.Add(ref taken, size);
                InterlockedMax(ref most, now);
                Interlocked.Add(ref taken, -size);
                memory.Release(size);
            }
        })));
        Assert.InRange(most, 1, 1000);
        Assert.Equal(0, memory.Used);
        Assert.False(memory.HasWaiters);
    }

    private static void InterlockedMax(ref long place, long value)
    {
        long seen = Interlocked.Read(ref place);
        while (value > seen)
        {
            long before = Interlocked.CompareExchange(ref place, value, seen);
            if (before == seen)
            {
                return;
            }

            seen = before;
        }
    }

    private void Drain() => _executor.RunAll();
}
