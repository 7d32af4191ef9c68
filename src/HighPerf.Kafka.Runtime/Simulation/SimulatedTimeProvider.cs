namespace HighPerf.Kafka.Runtime;

/// <summary>Virtual time. It stands still while anything can run. Timers' callbacks run on the executor.</summary>
internal sealed class SimulatedTimeProvider(SimulationScheduler scheduler, WorkExecutor executor) : TimeProvider
{
    /// <summary>The wall clock at the start of every simulation.</summary>
    public static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow() => Start + scheduler.Now;

    public override long GetTimestamp() => scheduler.Now.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        SimulatedTimer timer = new(scheduler, executor, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }
}
