using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Connections;

/// <summary>A wait on a loop's clock, awaited outside the loop.</summary>
internal sealed class LoopDelay : LoopTimer
{
    private readonly Completion<bool> _completion;
    private readonly Action<LoopDelay>? _onDue;

    private LoopDelay(WorkExecutor executor, Action<LoopDelay>? onDue)
    {
        _completion = new Completion<bool>(executor);
        _onDue = onDue;
    }

    /// <param name="onArmed">Told of the delay on the loop when it begins, so that it can be ended early; null: nobody is.</param>
    /// <param name="onDue">Told on the loop when it is over by itself.</param>
    public static Task WaitAsync(
        EventLoop loop,
        WorkExecutor executor,
        TimeSpan time,
        CancellationToken cancellationToken,
        Action<LoopDelay>? onArmed = null,
        Action<LoopDelay>? onDue = null)
    {
        LoopDelay delay = new(executor, onDue);
        LoopCall.Post(loop, () =>
        {
            loop.Arm(delay, loop.Now + time);
            onArmed?.Invoke(delay);
        });
        return delay._completion.WaitAsync(cancellationToken);
    }

    /// <summary>Ends the wait now. The timer may still fire, to no effect.</summary>
    public void End() => _completion.Complete(true);

    protected internal override void OnDue()
    {
        _onDue?.Invoke(this);
        End();
    }
}
