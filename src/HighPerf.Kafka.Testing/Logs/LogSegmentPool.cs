using System.Numerics;

namespace HighPerf.Kafka.Testing.Logs;

/// <summary>
/// Segments that logs have let go of, for the next ones: a broker that keeps only the newest bytes allocates nothing for what goes through it. Bounded.
/// Owner: the cluster's loop.
/// </summary>
internal sealed class LogSegmentPool
{
    private const long MostIdleBytes = 32 * 1024 * 1024;

    private readonly List<LogSegment> _idle = [];
    private long _idleBytes;

    public LogSegment Rent(int capacity, long startPosition)
    {
        // What came last is most likely in the processor's cache, and most likely of the size that is needed.
        for (int i = _idle.Count - 1; i >= 0; i--)
        {
            LogSegment segment = _idle[i];
            if (segment.Capacity == capacity)
            {
                _idle.RemoveAt(i);
                _idleBytes -= capacity;
                segment.Begin(startPosition);
                return segment;
            }
        }

        LogSegment made = new(this, capacity);
        made.Begin(startPosition);
        return made;
    }

    public void Return(LogSegment segment)
    {
        if (BitOperations.IsPow2(segment.Capacity) && _idleBytes + segment.Capacity <= MostIdleBytes)
        {
            _idleBytes += segment.Capacity;
            _idle.Add(segment);
        }
    }
}
