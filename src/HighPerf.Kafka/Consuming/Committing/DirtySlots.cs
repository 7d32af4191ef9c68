using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Consuming.Committing;

/// <summary>
/// The slots in which something was stored since they were last taken. Many threads push, the loop takes all. The links lie in the slots, so pushing
/// allocates nothing; pushing and taking all has no ABA fault.
/// </summary>
internal sealed class DirtySlots
{
    private DirtyLink? _head; // any thread, interlocked

    public bool IsEmpty => Volatile.Read(ref _head) is null;

    /// <summary>By the thread that has the link, and by no other.</summary>
    public void Push<TYield>(DirtyLink link, TYield yield)
        where TYield : struct, IYieldPoint
    {
        yield.Yield();
        DirtyLink? head = Volatile.Read(ref _head);
        while (true)
        {
            link.Next = head;
            yield.Yield();
            DirtyLink? was = Interlocked.CompareExchange(ref _head, link, head);
            if (ReferenceEquals(was, head))
            {
                return;
            }

            head = was;
        }
    }

    /// <summary>Takes the list, whose links lead from one to the next. The loop only.</summary>
    public DirtyLink? TakeAll() => Volatile.Read(ref _head) is null ? null : Interlocked.Exchange(ref _head, null);
}
