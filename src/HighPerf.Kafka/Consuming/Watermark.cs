namespace HighPerf.Kafka.Consuming;

/// <summary>
/// How far a partition is processed without a gap, when what was begun in order ends in any order. Each beginning gets a ticket; the mark is the end of
/// the last one before which everything has ended.
/// </summary>
/// <remarks>
/// A ring of what is under way, oldest first: the tickets are its positions. Ending out of order only notes where; ending the oldest takes it out, and
/// those behind it that have ended already. The ring grows to the most that was ever under way and allocates nothing after that. Not thread-safe: it has
/// one owner, who says so where it is declared.
/// </remarks>
internal sealed class Watermark
{
    private const long UnderWay = -1;

    private long[] _ends = new long[4];
    private long _oldest;
    private long _next;
    private long _hidden = -1; // offsets up to here hold nothing that is not begun

    /// <summary>Everything below is processed; -1 until the first end.</summary>
    public long Mark { get; private set; } = -1;

    /// <summary>How much has begun and is not below the mark.</summary>
    public int Count => (int)(_next - _oldest);

    /// <summary>Whether this one is the oldest under way: then what it has processed so far is processed without a gap.</summary>
    public bool IsOldest(long ticket) => ticket == _oldest;

    /// <summary>Something was delivered, behind everything delivered before.</summary>
    public long Begin()
    {
        if (Count == _ends.Length)
        {
            Grow();
        }

        _ends[_next & (_ends.Length - 1)] = UnderWay;
        return _next++;
    }

    /// <summary>It is processed, up to an offset. True: the mark moved.</summary>
    public bool End(long ticket, long nextOffset)
    {
        if (ticket < _oldest || ticket >= _next)
        {
            throw new InvalidOperationException($"Ticket {ticket} is not under way; those from {_oldest} to {_next - 1} are.");
        }

        _ends[ticket & (_ends.Length - 1)] = nextOffset;
        if (ticket != _oldest)
        {
            return false;
        }

        long before = Mark;
        while (_oldest < _next && _ends[_oldest & (_ends.Length - 1)] is var end and not UnderWay)
        {
            Mark = Math.Max(Mark, end);
            _oldest++;
        }

        PassHidden();
        return Mark > before;
    }

    /// <summary>
    /// Offsets up to here hold nothing to process (control batches, compacted tails), as soon as what has begun has ended. True: the mark moved, since nothing
    /// was under way.
    /// </summary>
    public bool Skip(long nextOffset)
    {
        long before = Mark;
        _hidden = Math.Max(_hidden, nextOffset);
        PassHidden();
        return Mark > before;
    }

    private void PassHidden()
    {
        if (_oldest == _next)
        {
            Mark = Math.Max(Mark, _hidden);
        }
    }

    private void Grow()
    {
        long[] larger = new long[2 * _ends.Length];
        for (long ticket = _oldest; ticket < _next; ticket++)
        {
            larger[ticket & (larger.Length - 1)] = _ends[ticket & (_ends.Length - 1)];
        }

        _ends = larger;
    }
}
