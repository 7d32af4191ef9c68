namespace HighPerf.Kafka.Testing.Logs;

/// <summary>
/// A run of batches in one array, filled from the front. Bytes that were written never change again, so that answers refer to them while more is
/// appended. Plain arrays, not pooled ones: an answer on its way to a slow client keeps its segment alive without anyone counting. Owner: the cluster's loop.
/// </summary>
internal sealed class LogSegment
{
    private readonly List<StoredBatch> _batches = [];
    private bool _closed;

    public LogSegment(int capacity, long startPosition)
    {
        Bytes = GC.AllocateUninitializedArray<byte>(capacity);
        StartPosition = startPosition;
    }

    public byte[] Bytes { get; }

    public int Length { get; private set; }

    /// <summary>How many bytes of the log lie before this segment, and some that are gone: only differences mean something.</summary>
    public long StartPosition { get; }

    public long EndPosition => StartPosition + Length;

    /// <summary>None once the segment lost its end: what lay there may still be on its way to a client.</summary>
    public int Free => _closed ? 0 : Bytes.Length - Length;

    public IReadOnlyList<StoredBatch> Batches => _batches;

    public long BaseOffset => _batches[0].BaseOffset;

    public long LastOffset => _batches[^1].LastOffset;

    public long MaxTimestamp { get; private set; } = long.MinValue;

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
}
