using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Producing;

/// <summary>
/// The bound on the bytes of records that are not acknowledged yet, shared by all the callers of one producer: a hard cap, and below it a limit that
/// <see cref="QueueingBound"/> moves.
///
/// Reserving is one interlocked addition while there is room and nobody waits. The slow path is a queue under a lock: whoever waits is served in
/// order, and a newcomer
/// does not overtake (it sees <c>_waiting</c> and queues too), so that a large record is not starved by small ones. A release adds to the free bytes
/// first and looks for
/// waiters afterwards; a waiter announces itself first and looks at the free bytes afterwards; one of the two therefore always sees the other (both
/// are full fences), and no
/// wake-up is lost. Waiters are completed through the executor, never on the releasing thread.
/// </summary>
internal sealed class BufferMemory : IWaitOwner
{
    private readonly Lock _lock = new();
    private readonly WaitList _waiters; // owner: _lock
    private long _limit; // owner: the producer's loop, read by any thread
    private long _free; // any thread, interlocked; of the limit, less than 0 when that was lowered
    private int _refused; // any thread, interlocked
    private int _waiting; // written under _lock, read by any thread
    private Exception? _closed; // written under _lock, read by any thread

    public BufferMemory(long capacity, WorkExecutor executor)
    {
        Capacity = capacity;
        _limit = capacity;
        _free = capacity;
        _waiters = new WaitList(this, executor);
    }

    public long Capacity { get; }

    /// <summary>The bytes reserved now.</summary>
    public long Used => Volatile.Read(ref _limit) - Volatile.Read(ref _free);

    /// <summary>Whether somebody waits for bytes.</summary>
    public bool HasWaiters => Volatile.Read(ref _waiting) != 0;

    /// <summary>Admits so many bytes from now on, at most the capacity. What is reserved already stays so. Owner: the producer's loop.</summary>
    public void SetLimit(long limit)
    {
        long more = limit - _limit;
        if (more != 0)
        {
            Volatile.Write(ref _limit, limit);
            Release(more);
        }
    }

    /// <summary>Whether bytes were refused, or waited for, since the last call.</summary>
    public bool TakeRefused() => Volatile.Read(ref _refused) != 0 && Interlocked.Exchange(ref _refused, 0) != 0;

    /// <summary>Takes bytes if they are free and nobody waits.</summary>
    public bool TryReserve(long bytes)
    {
        if (Volatile.Read(ref _waiting) != 0)
        {
            Volatile.Write(ref _refused, 1);
            return false;
        }

        return TryTake(bytes);
    }

    /// <summary>Waits for bytes, no more than <see cref="Capacity"/>. What is cancelled, overdue or closed has taken nothing.</summary>
    /// <param name="deadline">When <see cref="FailOverdue"/> ends the wait.</param>
    public ValueTask ReserveAsync(long bytes, TimeSpan deadline, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, Capacity);
        WaitNode waiter;
        lock (_lock)
        {
            if (_closed is not null)
            {
                return ValueTask.FromException(_closed);
            }

            waiter = _waiters.Add(bytes, deadline);
            Interlocked.Exchange(ref _waiting, _waiters.Count);
        }

        Wake();
        return waiter.Start(cancellationToken);
    }

    /// <summary>Takes a few bytes whether they are free or not: for what comes along with bytes that were reserved.</summary>
    public void Charge(long bytes) => Interlocked.Add(ref _free, -bytes);

    /// <summary>Gives bytes back.</summary>
    public void Release(long bytes)
    {
        Interlocked.Add(ref _free, bytes);
        if (Volatile.Read(ref _waiting) != 0)
        {
            Wake();
        }
    }

    /// <summary>Fails those whose deadline is reached. Returns the next deadline; the greatest time when there is none.</summary>
    public TimeSpan FailOverdue(TimeSpan now)
    {
        TimeSpan next = TimeSpan.MaxValue;
        lock (_lock)
        {
            WaitNode? following;
            for (WaitNode? node = _waiters.First; node is not null; node = following)
            {
                following = node.Next;
                if (node.Deadline <= now)
                {
                    _waiters.Remove(node);
                    node.Fail(new TimeoutException());
                }
                else if (node.Deadline < next)
                {
                    next = node.Deadline;
                }
            }

            Interlocked.Exchange(ref _waiting, _waiters.Count);
        }

        Wake(); // those behind may want less
        return next;
    }

    /// <summary>Fails all who wait, and all who come to wait later.</summary>
    public void Close(Exception reason)
    {
        lock (_lock)
        {
            _closed = reason;
            while (_waiters.First is { } waiter)
            {
                _waiters.Remove(waiter);
                waiter.Fail(reason);
            }

            Interlocked.Exchange(ref _waiting, 0);
        }
    }

    bool IWaitOwner.TryRemove(WaitNode node)
    {
        lock (_lock)
        {
            if (!_waiters.Remove(node))
            {
                return false;
            }

            Interlocked.Exchange(ref _waiting, _waiters.Count);
        }

        Wake(); // those behind it may want less
        return true;
    }

    void IWaitOwner.Recycle(WaitNode node)
    {
        lock (_lock)
        {
            _waiters.Keep(node);
        }
    }

    private bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _free, -bytes) >= 0)
        {
            return true;
        }

        // Gave itself what was not there: give it back, and wake whoever was refused because of that moment.
        Volatile.Write(ref _refused, 1);
        Interlocked.Add(ref _free, bytes);
        if (Volatile.Read(ref _waiting) != 0)
        {
            Wake();
        }

        return false;
    }

    private void Wake()
    {
        lock (_lock)
        {
            while (_waiters.First is { } node && Interlocked.Read(ref _free) >= node.Amount)
            {
                if (Interlocked.Add(ref _free, -node.Amount) < 0)
                {
                    Interlocked.Add(ref _free, node.Amount);
                    continue; // a racing TryReserve took part of it; look again
                }

                _waiters.Remove(node);
                node.Serve();
            }

            Interlocked.Exchange(ref _waiting, _waiters.Count);
        }
    }
}
