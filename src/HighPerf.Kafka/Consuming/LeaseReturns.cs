namespace HighPerf.Kafka.Consuming;

/// <summary>
/// Batches that were disposed, on any thread, on their way to the reader, who counts them as processed when it asks for more. A stack that is only pushed to
/// and taken whole, so that no address can come back between a look and an exchange; the lease itself is the node. In what order they come does not matter.
/// </summary>
internal sealed class LeaseReturns
{
    private BatchLease? _top; // any thread, interlocked

    public bool IsEmpty => Volatile.Read(ref _top) is null;

    /// <summary>Any thread. The lease belongs to the reader from here on.</summary>
    public void Push(BatchLease lease)
    {
        BatchLease? seen = Volatile.Read(ref _top);
        while (true)
        {
            lease.NextReturned = seen;
            BatchLease? found = Interlocked.CompareExchange(ref _top, lease, seen);
            if (found == seen)
            {
                return;
            }

            seen = found;
        }
    }

    /// <summary>All of them, each leading to the next by <see cref="BatchLease.NextReturned"/>. The reader only.</summary>
    public BatchLease? TakeAll() => Interlocked.Exchange(ref _top, null);
}
