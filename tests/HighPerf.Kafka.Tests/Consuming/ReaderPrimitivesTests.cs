using HighPerf.Kafka.Consuming;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Tests.Consuming;

/// <summary>The signal that wakes the reader, and the guard that keeps it alone.</summary>
public sealed class ReaderPrimitivesTests
{
    private readonly SimulatedEnvironment _environment = new(1);

    [Fact]
    public void A_set_before_the_wait_completes_it_at_once_and_only_once()
    {
        ReadSignal signal = new(_environment.Executor);
        signal.Set();
        signal.Set();
        Assert.True(signal.WaitAsync(default).IsCompletedSuccessfully);
        Assert.False(signal.WaitAsync(default).IsCompleted);
    }

    [Fact]
    public void A_set_ends_a_wait_and_a_cancelled_wait_loses_no_set() => _environment.Run(
        async () =>
        {
            ReadSignal signal = new(_environment.Executor);
            for (int i = 0; i < 3; i++)
            {
                ValueTask waiting = signal.WaitAsync(default);
                signal.Set();
                await waiting;
                using CancellationTokenSource source = new();
                ValueTask cancelled = signal.WaitAsync(source.Token);
                source.Cancel();
                signal.Set();
                await Assert.ThrowsAsync<OperationCanceledException>(() => cancelled.AsTask());
                await signal.WaitAsync(default);
            }
        },
        TimeSpan.FromMinutes(1));

    [Fact]
    public void A_second_wait_while_one_is_under_way_is_told_so()
    {
        ReadSignal signal = new(_environment.Executor);
        _ = signal.WaitAsync(default).AsTask();
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => { _ = signal.WaitAsync(default).AsTask(); });
        Assert.Contains("one reader", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Whoever_reads_last_cleans_up_and_nobody_else()
    {
        ReaderGuard guard = default;
        Assert.True(guard.TryEnter());
        Assert.False(guard.Close());
        Assert.False(guard.Close());
        Assert.True(guard.Leave());
        Assert.False(guard.TryEnter());

        ReaderGuard idle = default;
        Assert.True(idle.TryEnter());
        Assert.False(idle.Leave());
        Assert.True(idle.Close());
        Assert.False(idle.Close());
        Assert.False(idle.TryEnter());
    }
}
