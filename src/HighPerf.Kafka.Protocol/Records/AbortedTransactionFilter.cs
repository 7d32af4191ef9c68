namespace HighPerf.Kafka.Protocol.Records;

/// <summary>
/// Says of each batch, in the order of offsets, whether it belongs to an aborted transaction (rule F3). A transaction of the list becomes active when a batch
/// reaches its first offset and ends at its producer's abort marker. A marker without a transaction is one of an empty transaction and means nothing.
/// Reusable; not thread-safe, owned by the reader of one partition's records.
/// </summary>
internal sealed class AbortedTransactionFilter
{
    private readonly List<AbortedTransaction> _pending = [];
    private readonly HashSet<long> _active = [];
    private int _next;

    /// <summary>Begins with the list that came with the records, in any order.</summary>
    public void Reset(ReadOnlySpan<AbortedTransaction> aborted)
    {
        _pending.Clear();
        _active.Clear();
        _next = 0;
        foreach (AbortedTransaction transaction in aborted)
        {
            _pending.Add(transaction);
        }

        _pending.Sort(static (a, b) => a.FirstOffset.CompareTo(b.FirstOffset));
    }

    /// <summary>Activates the transactions that have begun by the end of this batch.</summary>
    public void Reach(long lastOffset)
    {
        while (_next < _pending.Count && _pending[_next].FirstOffset <= lastOffset)
        {
            _active.Add(_pending[_next++].ProducerId);
        }
    }

    /// <summary>Whether a data batch of this producer is to be left out.</summary>
    public bool IsAborted(in RecordBatchHeader batch) => batch.IsTransactional && _active.Contains(batch.ProducerId);

    /// <summary>Takes note of this producer's abort marker.</summary>
    public void End(long producerId) => _active.Remove(producerId);
}
