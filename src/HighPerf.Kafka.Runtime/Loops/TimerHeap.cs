namespace HighPerf.Kafka.Runtime;

/// <summary>
/// The timers of one loop: a binary heap in an array, the earliest first, equal due times in arming order. Each timer carries its own place, so that
/// moving and
/// removing one costs O(log n) and nothing is searched. Allocates only when it grows. Owner: the loop.
/// </summary>
internal sealed class TimerHeap
{
    private LoopTimer[] _timers = [];
    private int _count;
    private long _order;

    public int Count => _count;

    /// <summary>When the earliest timer is due; <see cref="TimeSpan.MaxValue"/> when none is armed.</summary>
    public TimeSpan EarliestDue => _count == 0 ? TimeSpan.MaxValue : _timers[0].Due;

    /// <summary>Arms a timer, or moves one that is armed. Moving counts as arming anew in the order of equal due times.</summary>
    public void Arm(LoopTimer timer, TimeSpan due)
    {
        Disarm(timer);
        timer.Due = due;
        timer.Order = _order++;
        if (_count == _timers.Length)
        {
            Array.Resize(ref _timers, Math.Max(8, 2 * _count));
        }

        SiftUp(timer, _count++);
    }

    public void Disarm(LoopTimer timer)
    {
        int index = timer.HeapIndex;
        if (index < 0)
        {
            return;
        }

        if (index >= _count || !ReferenceEquals(_timers[index], timer))
        {
            throw new InvalidOperationException("The timer is armed on another loop; a timer belongs to one loop.");
        }

        timer.HeapIndex = -1;
        LoopTimer last = _timers[--_count];
        _timers[_count] = null!;
        if (!ReferenceEquals(last, timer))
        {
            SiftDown(last, index);
            if (last.HeapIndex == index)
            {
                SiftUp(last, index);
            }
        }
    }

    /// <summary>Takes out the earliest timer when it is due at <paramref name="now"/>.</summary>
    public bool TryTakeDue(TimeSpan now, out LoopTimer timer)
    {
        if (_count == 0 || _timers[0].Due > now)
        {
            timer = null!;
            return false;
        }

        timer = _timers[0];
        Disarm(timer);
        return true;
    }

    private static bool Before(LoopTimer left, LoopTimer right) =>
        left.Due < right.Due || (left.Due == right.Due && left.Order < right.Order);

    private void SiftUp(LoopTimer timer, int index)
    {
        while (index > 0)
        {
            int parent = (index - 1) / 2;
            if (!Before(timer, _timers[parent]))
            {
                break;
            }

            Place(_timers[parent], index);
            index = parent;
        }

        Place(timer, index);
    }

    private void SiftDown(LoopTimer timer, int index)
    {
        for (int child = (2 * index) + 1; child < _count; child = (2 * index) + 1)
        {
            if (child + 1 < _count && Before(_timers[child + 1], _timers[child]))
            {
                child++;
            }

            if (!Before(_timers[child], timer))
            {
                break;
            }

            Place(_timers[child], index);
            index = child;
        }

        Place(timer, index);
    }

    private void Place(LoopTimer timer, int index)
    {
        _timers[index] = timer;
        timer.HeapIndex = index;
    }
}
