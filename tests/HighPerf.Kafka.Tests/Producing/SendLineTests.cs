using HighPerf.Kafka.Producing;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Tests.Producing;

public sealed class SendLineTests
{
    private readonly HeldExecutor _executor = new();
    private readonly SendLine _line;

    public SendLineTests() => _line = new SendLine(_executor);

    [Fact]
    public void Turns_come_in_the_order_of_the_calls()
    {
        ValueTask first = _line.TakeTurnAsync(default);
        ValueTask second = _line.TakeTurnAsync(default);
        ValueTask third = _line.TakeTurnAsync(default);
        Assert.True(first.IsCompletedSuccessfully);
        _line.EndTurn();
        _executor.RunAll();
        Assert.True(second.IsCompletedSuccessfully);
        Assert.False(third.IsCompleted);
        _line.EndTurn();
        Assert.True(_line.IsInUse);
        _executor.RunAll();
        Assert.True(third.IsCompletedSuccessfully);
        _line.EndTurn();
        Assert.False(_line.IsInUse);
    }

    [Fact]
    public void One_that_is_cancelled_leaves_the_line_and_keeps_no_turn()
    {
        using CancellationTokenSource cancellation = new();
        _ = _line.TakeTurnAsync(default);
        ValueTask cancelled = _line.TakeTurnAsync(cancellation.Token);
        ValueTask third = _line.TakeTurnAsync(default);
        cancellation.Cancel();
        _executor.RunAll();
        Assert.True(cancelled.IsCanceled);
        Assert.False(third.IsCompleted);
        _line.EndTurn();
        _executor.RunAll();
        Assert.True(third.IsCompletedSuccessfully);
        _line.EndTurn();
        Assert.False(_line.IsInUse);
    }

    [Fact]
    public void Onlookers_wait_for_those_before_them_and_are_in_nobodys_way()
    {
        Assert.True(_line.WhenPassedAsync(default).IsCompletedSuccessfully);
        _ = _line.TakeTurnAsync(default);
        ValueTask looking = _line.WhenPassedAsync(default);
        ValueTask alsoLooking = _line.WhenPassedAsync(default);
        ValueTask second = _line.TakeTurnAsync(default);
        ValueTask last = _line.WhenPassedAsync(default);
        _line.EndTurn();
        _executor.RunAll();
        Assert.True(looking.IsCompletedSuccessfully && alsoLooking.IsCompletedSuccessfully && second.IsCompletedSuccessfully);
        Assert.False(last.IsCompleted);
        _line.EndTurn();
        Assert.False(_line.IsInUse);
        _executor.RunAll();
        Assert.True(last.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task A_node_is_used_again_once_its_caller_has_gone_on()
    {
        _ = _line.TakeTurnAsync(default);
        for (int i = 0; i < 3; i++)
        {
            ValueTask waiting = _line.TakeTurnAsync(default);
            Assert.False(waiting.IsCompleted);
            _line.EndTurn();
            _executor.RunAll();
            await waiting;
        }

        _line.EndTurn();
        Assert.False(_line.IsInUse);
    }
}
