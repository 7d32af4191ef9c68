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
    private readonly CancellationTokenSource _patience = new();

    public ListenerCall(EventLoop loop, ILogger logger, Func<CancellationToken, ValueTask> call, Action onDone)
    {
        _loop = loop;
        _logger = logger;
        _call = call;
        _onDone = onDone;
    }

    /// <summary>Nobody waits any longer: the listener's token fires, on the executor. Any thread.</summary>
    public void Cancel(WorkExecutor executor) => executor.Queue(new LoopCall(_patience.Cancel));

    public void Execute()
    {
        ValueTask running;
        try
        {
            running = _call(_patience.Token);
        }
        catch (Exception e)
        {
            running = ValueTask.FromException(e);
        }

        if (running.IsCompleted)
        {
            Finish(running);
            return;
        }

        // Not awaited: that would go on wherever the application's task ends, and not past the executor in an order that a simulation can choose.
        running.AsTask().ContinueWith(
            static (task, state) => ((ListenerCall)state!).Finish(new ValueTask(task)), this, CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private void Finish(ValueTask ended)
    {
        try
        {
            ended.GetAwaiter().GetResult();
        }
        catch (Exception e)
        {
            // The application's; a rebalance that stopped for it would stop the group.
            _logger.RebalanceListenerFailed(e);
        }

        LoopCall.Post(_loop, _onDone);
    }
}
