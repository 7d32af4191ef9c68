namespace HighPerf.Kafka.Runtime.Tests.Loops;

public sealed class ShortLockTests
{
    private ShortLock _lock = new();
    private long _count; // owner: _lock
    private int _inside; // interlocked: how many believe that they hold the lock

    [Theory]
    [InlineData(2, 200_000, 0)]
    [InlineData(4, 100_000, 0)]
    [InlineData(16, 20_000, 0)]
    [InlineData(4, 2_000, 2_000)]
    [InlineData(16, 200, 20_000)]
    public async Task One_thread_is_inside_at_a_time_and_none_is_forgotten(int threads, int rounds, int pauses)
    {
        // Long sections make the others park; short ones race leaving against parking. A lost wake-up is a test that never ends.
        Task[] running = [.. Enumerable.Range(0, threads).Select(_ => Task.Factory.StartNew(
            () =>
            {
                for (int i = 0; i < rounds; i++)
                {
                    using (_lock.Enter())
                    {
                        Assert.Equal(1, Interlocked.Increment(ref _inside));
                        _count++;
                        Thread.SpinWait(pauses);
                        Assert.Equal(0, Interlocked.Decrement(ref _inside));
                    }
                }
            },
            TaskCreationOptions.LongRunning))];
        await Task.WhenAll(running).WaitAsync(TimeSpan.FromMinutes(2));
        Assert.Equal((long)threads * rounds, _count);
    }

    [Fact]
    public async Task A_waiter_behind_a_long_stay_is_woken_when_it_ends()
    {
        for (int round = 0; round < 200; round++)
        {
            Task waiter;
            using (_lock.Enter())
            {
                using ManualResetEventSlim began = new();
                waiter = Task.Factory.StartNew(
                    () =>
                    {
                        began.Set();
                        using (_lock.Enter())
                        {
                            _count++;
                        }
                    },
                    TaskCreationOptions.LongRunning);
                began.Wait();
                Thread.SpinWait(round * 100);
                Assert.Equal(round, _count);
            }

            await waiter.WaitAsync(TimeSpan.FromMinutes(1));
        }
    }

    [Fact]
    public void It_is_left_when_the_section_throws()
    {
        Assert.Throws<InvalidOperationException>(EnterAndThrow);
        using (_lock.Enter())
        {
            _count++;
        }

        Assert.Equal(1, _count);
    }

    private void EnterAndThrow()
    {
        using (_lock.Enter())
        {
            throw new InvalidOperationException();
        }
    }
}
