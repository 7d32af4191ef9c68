using HighPerf.Kafka.Consuming.Committing;

namespace HighPerf.Kafka.Consuming.Processing;

/// <summary>
/// How far a partition is processed whose records are processed at the same time and end in any order: the end of the longest run without a gap is stored.
/// One per partition and place it was read from; after a seek, what is still in processing ends in an object that stores nothing any more. Any thread, by its
/// lock, which is taken alone and held for a few instructions.
/// </summary>
/// <param name="cursor">The partition.</param>
/// <param name="slot">Where to store; null for nowhere.</param>
internal sealed class PartitionProgress(PartitionCursor cursor, CursorSlot? slot)
{
    /// <summary>Of the log that the records are read from.</summary>
    public CursorSlot? Slot { get; } = slot;

    private readonly Lock _gate = new();
    private readonly Watermark _watermark = new(); // guarded by the gate
    private long _start = -1; // guarded by the gate

    /// <summary>How many records have begun and are not below the mark.</summary>
    public int Ahead
    {
        get
        {
            lock (_gate)
            {
                return _watermark.Count;
            }
        }
    }

    /// <summary>Where to read on when nobody processes what has begun; null when everything that has begun is processed.</summary>
    public long? FirstOpen
    {
        get
        {
            lock (_gate)
            {
                return _watermark.Count == 0 ? null : Math.Max(_watermark.Mark, _start);
            }
        }
    }

    /// <summary>A record begins.</summary>
    /// <param name="ahead">How many are not below the mark now.</param>
    public long Begin(long offset, out int ahead)
    {
        lock (_gate)
        {
            _start = _start < 0 ? offset : _start;
            long ticket = _watermark.Begin();
            ahead = _watermark.Count;
            return ticket;
        }
    }

    /// <summary>A record is processed. How many are not below the mark now.</summary>
    public int End(long ticket, long nextOffset)
    {
        lock (_gate)
        {
            Store(_watermark.End(ticket, nextOffset));
            return _watermark.Count;
        }
    }

    /// <summary>Nothing up to here is delivered: control batches, compacted tails.</summary>
    public void Skip(long nextOffset)
    {
        lock (_gate)
        {
            Store(_watermark.Skip(nextOffset));
        }
    }

    private void Store(bool hasRisen)
    {
        if (hasRisen && cursor.Progress == this)
        {
            Slot?.Store(_watermark.Mark);
        }
    }
}
