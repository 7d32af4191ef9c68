using HighPerf.Kafka.Protocol.Records;

namespace HighPerf.Kafka.Testing.Logs;

/// <content>Transactions on the partition: which are open, and which were aborted.</content>
internal sealed partial class ProducerStates
{
    /// <summary>By first offset: a transaction that begins later begins behind.</summary>
    private readonly List<OpenTransaction> _transactions = [];

    /// <summary>By the offset of the marker.</summary>
    private readonly List<AbortedRange> _aborted = [];

    /// <summary>Whether the producer's transaction of this epoch is open here, so that nobody needs to be asked about one more batch.</summary>
    public bool HasOpenTransaction(long producerId, short epoch) =>
        _states.TryGetValue(producerId, out ProducerState? state) && state.IsInTransaction && state.Epoch == epoch;

    /// <summary>
    /// Takes note of a batch that may begin a transaction, before its producer is verified. When that fails, batches behind it must not take its place.
    /// </summary>
    public void BeginVerification(long producerId, short epoch, int sequence, bool implicitAdd)
    {
        if (!_unverified.TryGetValue(producerId, out UnverifiedProducer seen) || epoch > seen.Epoch)
        {
            seen = new UnverifiedProducer(epoch, sequence, implicitAdd);
        }
        else if (epoch == seen.Epoch && sequence < seen.LowestSequence)
        {
            seen = seen with { LowestSequence = sequence };
        }

        _unverified[producerId] = seen;
    }

    /// <summary>The first offset that a read_committed reader may not see yet; <see cref="long.MaxValue"/> when there is none.</summary>
    public long FirstUnstableOffset(long highWatermark)
    {
        foreach (OpenTransaction transaction in _transactions)
        {
            if (transaction.IsUnstable(highWatermark))
            {
                return transaction.FirstOffset;
            }
        }

        return long.MaxValue;
    }

    /// <summary>Adds the aborted transactions that have records from the fetch offset on and below the upper bound.</summary>
    public void CollectAborted(long fetchOffset, long upperBound, List<AbortedTransaction> found)
    {
        for (int i = FindAborted(fetchOffset); i < _aborted.Count; i++)
        {
            AbortedRange range = _aborted[i];
            if (range.FirstOffset < upperBound)
            {
                found.Add(new AbortedTransaction(range.ProducerId, range.FirstOffset));
            }

            if (range.LastStableOffset >= upperBound)
            {
                // Everything that was aborted later begins behind the bound.
                return;
            }
        }
    }

    /// <summary>Takes note of a marker that was appended at <paramref name="offset"/>.</summary>
    public void Ended(in RecordBatchHeader marker, in ControlRecord end, long offset, long highWatermark, long logStartOffset)
    {
        ProducerState state = FindOrCreate(marker.ProducerId, marker.ProducerEpoch);
        long first = state.TransactionStart;
        state.End(marker.ProducerEpoch, end.CoordinatorEpoch, marker.MaxTimestamp);
        _unverified.Remove(marker.ProducerId);
        if (first < 0)
        {
            // The marker of a transaction that wrote nothing here: nobody has to pass anything over.
            return;
        }

        int index = _transactions.FindIndex(transaction => transaction.FirstOffset == first);
        _transactions[index] = _transactions[index] with { LastOffset = offset };
        if (end.Type == ControlRecordType.Abort)
        {
            int open = _transactions.FindIndex(transaction => transaction.IsOpen);
            long stable = open < 0 ? offset + 1 : _transactions[open].FirstOffset;
            _aborted.RemoveRange(0, FindAborted(logStartOffset));
            _aborted.Add(new AbortedRange(marker.ProducerId, first, offset, stable));
        }

        _transactions.RemoveAll(transaction => !transaction.IsUnstable(highWatermark));
    }

    /// <summary>Learns everything anew from the batches of a log: after it was cut, or was replaced by another replica's.</summary>
    public void Rebuild(PartitionLog log, long highWatermark)
    {
        _states.Clear();
        _unverified.Clear();
        _transactions.Clear();
        _aborted.Clear();
        All.Clear();
        long offset = log.StartOffset;
        while (log.TryFind(offset, out LogPosition position))
        {
            RecordBatchHeader header = RecordBatchHeader.Read(position.Bytes);
            offset = position.Batch.LastOffset + 1;
            if (!header.HasProducerId)
            {
                continue;
            }

            if (header.IsControl)
            {
                // Compaction may leave nothing of a marker but its header.
                if (header.RecordCount > 0)
                {
                    Ended(header, TransactionMarker.Read(position.Bytes), header.BaseOffset, highWatermark, log.StartOffset);
                }

                continue;
            }

            long appendTime = header.TimestampType == TimestampType.LogAppendTime ? header.MaxTimestamp : -1;
            Appended(header, new AppendedBatch(header.BaseSequence, header.LastSequence, header.BaseOffset, appendTime), header.MaxTimestamp);
        }
    }

    /// <summary>The first aborted transaction whose marker is at the offset or behind it.</summary>
    private int FindAborted(long offset)
    {
        int low = 0;
        int high = _aborted.Count;
        while (low < high)
        {
            int middle = (int)((uint)(low + high) >> 1);
            if (_aborted[middle].LastOffset < offset)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
