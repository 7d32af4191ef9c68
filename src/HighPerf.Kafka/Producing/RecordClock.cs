using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Producing;

/// <summary>
/// The time that records get, which have none of their own. Reading the wall clock takes 26 ns, a seventh of what a whole record may cost; the kernel's tick
/// count takes 4. So when records follow each other closely the time that was read is good for the next ones: for as many as come within a quarter of a
/// millisecond at the rate of the last ones, and no longer than until the kernel's next tick (4 ms), should the rate break off. Records that come less
/// often than that get the exact time, each. Owner: the partition queue's lock.
/// </summary>
internal struct RecordClock
{
    private const int MostReused = 64;
    private const long ReusedFor = TimeSpan.TicksPerMillisecond / 4;

    private long _tick; // when the clock was read, as the kernel counts
    private long _readAt; // the time that was read, in units of 100 ns
    private long _milliseconds; // the same as records have it
    private int _granted;
    private int _left;

    /// <summary>Milliseconds since 1970.</summary>
    public long Now(RuntimeEnvironment environment)
    {
        long tick = environment.TickCount;
        if (_left > 0 && tick == _tick)
        {
            _left--;
            return _milliseconds;
        }

        return Read(environment, tick);
    }

    private long Read(RuntimeEnvironment environment, long tick)
    {
        long now = environment.Time.GetUtcNow().Ticks;
        long gap = Math.Max((now - _readAt) / (_granted - _left + 1), 1);
        _granted = _left = now < _readAt ? 0 : (int)Math.Min(ReusedFor / gap, MostReused);
        _tick = tick;
        _readAt = now;
        _milliseconds = (now - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMillisecond;
        return _milliseconds;
    }
}
