using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Diagnostics;
using HighPerf.Kafka.Runtime;
using Microsoft.Extensions.Logging;

namespace HighPerf.Kafka.Consuming;

/// <summary>One call of the application's rebalance listener, on the executor. The loop hears when it is over; what it throws is logged.</summary>
internal sealed class ListenerCall : IThreadPoolWorkItem
{
    private readonly EventLoop _loop;
    private readonly ILogger _logger;
    private readonly Func<CancellationToken, ValueTask> _call;
    private readonly Action _onDone;
    private readonly Task _before;
    private readonly TaskCompletionSource _isOver = new();
    private readonly CancellationTokenSource _patience = new();

    /// <param name="before">The call before this one: the application hears one at a time.</param>
    public ListenerCall(EventLoop loop, ILogger logger, Func<CancellationToken, ValueTask> call, Action onDone, ListenerCall? before)
    {
        _before = before?._isOver.Task ?? Task.CompletedTask;
        _loop = loop;
        _logger = logger;
        _call = call;
        _onDone = onDone;
    }

    /// <summary>Nobody waits any longer: the listener's token fires, on the executor. Any thread.</summary>
    public void Cancel(WorkExecutor executor) => executor.Queue(new LoopCall(_patience.Cancel));

    public void Execute() => _ = RunAsync();

    private async Task RunAsync()
    {
        await _before.ConfigureAwait(false);
        try
        {
            await _call(_patience.Token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // The application's; a rebalance that stopped for it would stop the group.
            _logger.RebalanceListenerFailed(e);
        }

        LoopCall.Post(_loop, _onDone);
        _isOver.SetResult();
    }
}
