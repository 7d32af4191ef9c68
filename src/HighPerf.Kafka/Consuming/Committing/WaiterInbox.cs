using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Consuming.Committing;

/// <summary>
/// Brings waiters from any thread to the loop. Many push, the loop takes all; who pushes into an empty inbox wakes the loop, nobody else has to. Once closed it
/// takes nothing more: a waiter that was pushed is taken, one that was refused is told by its caller, so that none is left behind.
/// </summary>
internal sealed class WaiterInbox
{
    private readonly CommitWaiter _closed; // never used as a waiter: it marks the closed inbox
    private CommitWaiter? _newest; // any thread, interlocked

    /// <param name="closed">A waiter of its own that nobody waits on.</param>
    public WaiterInbox(CommitWaiter closed) => _closed = closed;

    /// <summary>Any thread.</summary>
    /// <param name="wasEmpty">Whether the loop must be woken.</param>
    /// <returns>False: the inbox is closed.</returns>
    public bool TryPush<TYield>(CommitWaiter waiter, TYield yield, out bool wasEmpty)
        where TYield : struct, IYieldPoint
    {
        yield.Yield();
        CommitWaiter? newest = Volatile.Read(ref _newest);
        while (!ReferenceEquals(newest, _closed))
        {
            waiter.Next = newest;
            yield.Yield();
            CommitWaiter? was = Interlocked.CompareExchange(ref _newest, waiter, newest);
            if (ReferenceEquals(was, newest))
            {
                wasEmpty = newest is null;
                return true;
            }

            newest = was;
        }

        wasEmpty = false;
        return false;
    }

    /// <summary>The oldest of all that were pushed, which leads to the others in their order. The loop only.</summary>
    public CommitWaiter? TakeAll<TYield>(TYield yield)
        where TYield : struct, IYieldPoint
    {
        yield.Yield();
        CommitWaiter? newest = Volatile.Read(ref _newest);
        while (newest is not null && !ReferenceEquals(newest, _closed))
        {
            yield.Yield();
            CommitWaiter? was = Interlocked.CompareExchange(ref _newest, null, newest);
            if (ReferenceEquals(was, newest))
            {
                return Reversed(newest);
            }

            newest = was;
        }

        return null;
    }

    /// <summary>Closes, and takes all. The loop only.</summary>
    public CommitWaiter? Close()
    {
        CommitWaiter? newest = Interlocked.Exchange(ref _newest, _closed);
        return ReferenceEquals(newest, _closed) ? null : Reversed(newest);
    }

    private static CommitWaiter? Reversed(CommitWaiter? newest)
    {
        CommitWaiter? oldest = null;
        while (newest is not null)
        {
            CommitWaiter? next = newest.Next;
            newest.Next = oldest;
            oldest = newest;
            newest = next;
        }

        return oldest;
    }
}
