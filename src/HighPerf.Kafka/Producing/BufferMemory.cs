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
internal sealed class BufferMemory
{
    private readonly WorkExecutor _executor;
    private readonly Lock _lock = new();
    private readonly LinkedList<Waiter> _waiters = new(); // owner: _lock
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
        _executor = executor;
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

    /// <summary>Waits for bytes. What is cancelled or closed has taken nothing.</summary>
    public Task ReserveAsync(long bytes, CancellationToken cancellationToken)
    {
        Waiter waiter;
        lock (_lock)
        {
            if (_closed is not null)
            {
                return Task.FromException(_closed);
            }

            // More than there can ever be: a record near the cap, in a segment a little longer. It goes when it is alone. The limit is never below two records.
            waiter = new Waiter(Math.Min(bytes, Capacity));
            waiter.Node = _waiters.AddLast(waiter);
            Interlocked.Exchange(ref _waiting, _waiters.Count);
        }

        Wake();
        if (cancellationToken.CanBeCanceled && !waiter.Task.IsCompleted)
        {
            waiter.Registration = cancellationToken.UnsafeRegister(
                static (state, token) =>
                {
                    (BufferMemory memory, Waiter cancelled) = ((BufferMemory, Waiter))state!;
                    memory.Cancel(cancelled, token);
                },
                (this, waiter));
            if (waiter.Task.IsCompleted)
            {
                // Served before the registration was stored; then nobody else would take it back.
                waiter.Registration.Unregister();
            }
        }

        return waiter.Task;
    }

    /// <summary>Gives bytes back.</summary>
    public void Release(long bytes)
    {
        Interlocked.Add(ref _free, bytes);
        if (Volatile.Read(ref _waiting) != 0)
        {
            Wake();
        }
    }

    /// <summary>Fails all who wait, and all who come to wait later.</summary>
    public void Close(Exception reason)
    {
        lock (_lock)
        {
            _closed = reason;
            foreach (Waiter waiter in _waiters)
            {
                waiter.Node = null;
                waiter.Error = reason;
                _executor.Queue(waiter);
            }

            _waiters.Clear();
            Interlocked.Exchange(ref _waiting, 0);
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
            while (_waiters.First is { } node && Interlocked.Read(ref _free) >= node.Value.Bytes)
            {
                if (Interlocked.Add(ref _free, -node.Value.Bytes) < 0)
                {
                    Interlocked.Add(ref _free, node.Value.Bytes);
                    continue; // a racing TryReserve took part of it; look again
                }

                _waiters.RemoveFirst();
                node.Value.Node = null;
                _executor.Queue(node.Value);
            }

            Interlocked.Exchange(ref _waiting, _waiters.Count);
        }
    }

    private void Cancel(Waiter waiter, CancellationToken token)
    {
        lock (_lock)
        {
            if (waiter.Node is null)
            {
                return; // served, or closed
            }

            _waiters.Remove(waiter.Node);
            waiter.Node = null;
            waiter.Cancelled = token;
            Interlocked.Exchange(ref _waiting, _waiters.Count);
        }

        _executor.Queue(waiter);
        Wake();
    }

    /// <summary>One who waits. Allocated: memory is full, so this is not the fast path.</summary>
    private sealed class Waiter : TaskCompletionSource, IThreadPoolWorkItem
    {
        public Waiter(long bytes) => Bytes = bytes;

        public long Bytes { get; }

        public LinkedListNode<Waiter>? Node { get; set; } // owner: the memory's lock

        public Exception? Error { get; set; } // written before it is queued

        public CancellationToken Cancelled { get; set; } // written before it is queued

        public CancellationTokenRegistration Registration { get; set; } // owner: the waiting caller

        public void Execute()
        {
            if (Error is not null)
            {
                TrySetException(Error);
            }
            else if (Cancelled.IsCancellationRequested)
            {
                TrySetCanceled(Cancelled);
            }
            else
            {
                TrySetResult();
            }

            Registration.Unregister();
        }
    }
}
