namespace HighPerf.Kafka.Testing.Logs;

/// <summary>
/// A run of batches in one array, filled from the front. Bytes that were written do not change, so that answers refer to them while more is appended; an answer
/// on its way to a client pins its segments, so that they are not used again before it is sent. Owner: the cluster's loop.
/// </summary>
internal sealed class LogSegment
{
    private readonly List<StoredBatch> _batches = [];
    private readonly LogSegmentPool _pool;
    private bool _closed;
    private bool _released;
    private int _pins;

    public LogSegment(LogSegmentPool pool, int capacity)
    {
        _pool = pool;
        Bytes = GC.AllocateUninitializedArray<byte>(capacity);
    }

    public byte[] Bytes { get; }

    public int Capacity => Bytes.Length;

    public int Length { get; private set; }

    /// <summary>How many bytes of the log lie before this segment, and some that are gone: only differences mean something.</summary>
    public long StartPosition { get; private set; }

    public long EndPosition => StartPosition + Length;

    /// <summary>None once the segment lost its end: what lay there may still be on its way to a client.</summary>
    public int Free => _closed ? 0 : Bytes.Length - Length;

    public IReadOnlyList<StoredBatch> Batches => _batches;

    public long BaseOffset => _batches[0].BaseOffset;

    public long LastOffset => _batches[^1].LastOffset;

    public long MaxTimestamp { get; private set; } = long.MinValue;

    /// <summary>Empties the segment for a place in a log.</summary>
    public void Begin(long startPosition)
    {
        _batches.Clear();
        _closed = false;
        _released = false;
        Length = 0;
        StartPosition = startPosition;
        MaxTimestamp = long.MinValue;
    }

    public void Pin() => _pins++;

    public void Unpin()
    {
        _pins--;
        ReturnUnused();
    }

    /// <summary>The log has let go of it.</summary>
    public void Release()
    {
        _released = true;
        ReturnUnused();
    }

    /// <summary>Room for one batch, to be filled before <see cref="Commit"/>.</summary>
    public Span<byte> Reserve(int length) => Bytes.AsSpan(Length, length);

    public void Commit(in StoredBatch batch)
    {
        _batches.Add(batch);
        Length += batch.Length;
        MaxTimestamp = Math.Max(MaxTimestamp, batch.MaxTimestamp);
    }

    /// <summary>Forgets the batches from this one on, and takes no more.</summary>
    public void Truncate(int batches)
    {
        _closed = true;
        _batches.RemoveRange(batches, _batches.Count - batches);
        Length = batches == 0 ? 0 : _batches[^1].Position + _batches[^1].Length;
        MaxTimestamp = long.MinValue;
        foreach (StoredBatch batch in _batches)
        {
            MaxTimestamp = Math.Max(MaxTimestamp, batch.MaxTimestamp);
        }
    }

    /// <summary>The first batch that ends at or after the offset, by binary search; -1 when there is none.</summary>
    public int Find(long offset)
    {
        int low = 0;
        int high = _batches.Count;
        while (low < high)
        {
            int middle = (int)((uint)(low + high) >> 1);
            if (_batches[middle].LastOffset < offset)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low < _batches.Count ? low : -1;
    }

    /// <summary>The base offset of the first batch that begins at or behind a place in the segment; where none does, what follows the last record.</summary>
    public long BaseOffsetFrom(int position)
    {
        int low = 0;
        int high = _batches.Count;
        while (low < high)
        {
            int middle = (int)((uint)(low + high) >> 1);
            if (_batches[middle].Position < position)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low < _batches.Count ? _batches[low].BaseOffset : LastOffset + 1;
    }

    private void ReturnUnused()
    {
        if (_released && _pins == 0)
        {
            _released = false;
            _pool.Return(this);
        }
    }
}
