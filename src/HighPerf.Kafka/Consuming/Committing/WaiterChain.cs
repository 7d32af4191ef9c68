namespace HighPerf.Kafka.Consuming.Committing;

/// <summary>Waiters in the order in which they came, linked through themselves. A waiter stands in one chain at a time. Owner: the loop.</summary>
internal struct WaiterChain
{
    private CommitWaiter? _last;

    public CommitWaiter? First { get; private set; }

    public readonly bool IsEmpty => First is null;

    public void Add(CommitWaiter waiter)
    {
        waiter.Next = null;
        if (_last is null)
        {
            First = waiter;
        }
        else
        {
            _last.Next = waiter;
        }

        _last = waiter;
    }

    /// <summary>Empties the chain; the caller follows the links from the waiter returned.</summary>
    public CommitWaiter? TakeAll()
    {
        CommitWaiter? first = First;
        First = null;
        _last = null;
        return first;
    }
}
