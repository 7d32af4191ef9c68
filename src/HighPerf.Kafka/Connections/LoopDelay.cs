using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Connections;

/// <summary>A wait on a loop's clock, awaited outside the loop.</summary>
internal sealed class LoopDelay : LoopTimer
{
    private readonly Completion<bool> _completion;

    private LoopDelay(WorkExecutor executor) => _completion = new Completion<bool>(executor);

    public static Task WaitAsync(EventLoop loop, WorkExecutor executor, TimeSpan time, CancellationToken cancellationToken)
    {
        LoopDelay delay = new(executor);
        LoopCall.Post(loop, () => loop.Arm(delay, loop.Now + time));
        return delay._completion.WaitAsync(cancellationToken);
    }

    protected internal override void OnDue() => _completion.Complete(true);
}
