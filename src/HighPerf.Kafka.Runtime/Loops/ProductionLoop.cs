using System.Diagnostics;

namespace HighPerf.Kafka.Runtime;

/// <summary>What the loops of production share: the runner, the timers, and the clock.</summary>
internal abstract class ProductionLoop : EventLoop, IThreadPoolWorkItem
{
    protected ProductionLoop(ProductionEnvironment environment)
    {
        Environment = environment;
        Runner = new SerialRunner<NoYield>(default, environment.ReportUnhandled);
    }

    public sealed override bool IsOwner => Runner.IsOwner;

    public sealed override TimeSpan Now => Environment.Elapsed;

    protected ProductionEnvironment Environment { get; }

    protected SerialRunner<NoYield> Runner { get; }

    /// <summary>Owner: the loop.</summary>
    protected TimerHeap Timers { get; } = new();

    public override void Arm(LoopTimer timer, TimeSpan due)
    {
        Debug.Assert(IsOwner, "A timer is armed by the loop's owner only.");
        Timers.Arm(timer, due);
    }

    public sealed override void Disarm(LoopTimer timer)
    {
        Debug.Assert(IsOwner, "A timer is disarmed by the loop's owner only.");
        Timers.Disarm(timer);
    }

    /// <summary>Runs the loop on a thread of the executor, to which it was handed.</summary>
    public abstract void Execute();

    /// <summary>See <see cref="RuntimeEnvironment.ReleaseLoop"/>.</summary>
    public abstract void Release();

    /// <summary>
    /// Fires the timers that are due now, the earliest first. No more than are armed now, so that a timer that arms itself for at once cannot hold
    /// the loop. Owner only.
    /// </summary>
    protected void FireDueTimers()
    {
        if (Timers.Count == 0)
        {
            return;
        }

        TimeSpan now = Now;
        for (int left = Timers.Count; left > 0 && Timers.TryTakeDue(now, out LoopTimer timer); left--)
        {
            try
            {
                timer.OnDue();
            }
            catch (Exception error)
            {
                Environment.ReportUnhandled(error);
            }
        }
    }
}
