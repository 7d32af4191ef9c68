namespace HighPerf.Kafka.Runtime;

/// <summary>
/// Wakes a loop for its earliest timer through one timer of the <see cref="TimeProvider"/>. Set only when an earlier due time comes up than the one it stands
/// at: request timeouts are armed and disarmed far more often than they come due, and a needless wake-up now and then is cheaper than a
/// call into the timer queue for each. Owner: the loop, but for the callback, which only posts.
/// </summary>
internal sealed class LoopAlarm : IThreadPoolWorkItem, IDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    private readonly TimeProvider _time;
    private readonly Action _onAlarm;
    private readonly EventLoop _loop;
    private ITimer? _timer;
    private TimeSpan _standsAt = TimeSpan.MaxValue;
    private bool _disposed;

    /// <param name="onAlarm">Runs on the loop when the alarm goes off.</param>
    public LoopAlarm(EventLoop loop, TimeProvider time, Action onAlarm)
    {
        _loop = loop;
        _time = time;
        _onAlarm = onAlarm;
    }

    /// <summary>Sees to it that the alarm goes off at <paramref name="due"/> or before. Owner only.</summary>
    public void Require(TimeSpan due)
    {
        if (due >= _standsAt || _disposed)
        {
            return;
        }

        _standsAt = due;
        TimeSpan wait = due - _loop.Now;
        wait = wait > Longest ? Longest : wait;

        // Timers of the framework count whole milliseconds; rounded up, so that the alarm is not early and need not be set twice.
        wait = wait <= TimeSpan.Zero ? TimeSpan.Zero : TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds));
        if (_timer is null)
        {
            _timer = CreateTimer(wait);
        }
        else
        {
            _timer.Change(wait, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Runs on the loop.</summary>
    public void Execute()
    {
        _standsAt = TimeSpan.MaxValue;
        _onAlarm();
    }

    /// <summary>No alarm after this but one that is already on its way. Owner only.</summary>
    public void Dispose()
    {
        _disposed = true;
        _timer?.Dispose();
    }

    private ITimer CreateTimer(TimeSpan wait)
    {
        // The timer must not keep the caller's async locals.
        using (ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow())
        {
            return _time.CreateTimer(static state => ((LoopAlarm)state!).GoOff(), this, wait, Timeout.InfiniteTimeSpan);
        }
    }

    private void GoOff() => _loop.RunOrPost(this);
}
