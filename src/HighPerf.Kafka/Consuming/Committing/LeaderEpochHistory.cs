namespace HighPerf.Kafka.Consuming.Committing;

/// <summary>
/// Which leader epoch the records of a partition have: (epoch, first offset seen), both ascending. A partition has one entry as a rule, which lies in the
/// struct itself. Owner: the session's loop.
/// </summary>
internal struct LeaderEpochHistory
{
    private Entry[]? _older; // ascending, each below the last
    private long _lastFirst;
    private int _olderCount;
    private int _lastPlusOne; // 0: nothing is known
    private int _firstKnownPlusOne;

    public LeaderEpochHistory()
    {
    }

    /// <summary>The epoch that became known first; -1 when none is. It does not change any more then.</summary>
    public readonly int FirstKnown => _firstKnownPlusOne - 1;

    /// <summary>How many epochs are kept.</summary>
    public readonly int Count => _lastPlusOne == 0 ? 0 : _olderCount + 1;

    /// <summary>
    /// A record of the epoch lies at the offset. One of a higher epoch means that entries from its offset on were truncated from the log.
    /// </summary>
    public void Seen(int epoch, long offset)
    {
        if (epoch < 0)
        {
            return;
        }

        int last = _lastPlusOne - 1;
        if (epoch == last)
        {
            _lastFirst = Math.Min(_lastFirst, offset);
        }
        else if (epoch > last)
        {
            Add(epoch, offset);
        }
        else if (offset < _lastFirst)
        {
            Insert(epoch, offset);
        }

        _firstKnownPlusOne = _firstKnownPlusOne == 0 ? epoch + 1 : _firstKnownPlusOne;
    }

    /// <summary>
    /// The epoch of the last record before the offset. Where it was not seen, that of the oldest one that was; -1 when nothing is known.
    /// </summary>
    public readonly int EpochBefore(long offset)
    {
        if (_lastPlusOne == 0 || offset > _lastFirst || _olderCount == 0)
        {
            return _lastPlusOne - 1;
        }

        int index = _olderCount - 1;
        while (index > 0 && offset <= _older![index].First)
        {
            index--;
        }

        return _older![index].Epoch;
    }

    /// <summary>Forgets entries that only offsets below the given one need.</summary>
    public void ForgetBefore(long offset)
    {
        if (_olderCount == 0)
        {
            return;
        }

        int needless = 0;
        while (needless < _olderCount && (needless + 1 < _olderCount ? _older![needless + 1].First : _lastFirst) < offset)
        {
            needless++;
        }

        _older.AsSpan(needless, _olderCount - needless).CopyTo(_older);
        _olderCount -= needless;
    }

    private void Add(int epoch, long offset)
    {
        if (_lastPlusOne > 0 && _lastFirst < offset)
        {
            Put(_olderCount, new Entry(_lastPlusOne - 1, _lastFirst));
        }

        while (_olderCount > 0 && _older![_olderCount - 1].First >= offset)
        {
            _olderCount--;
        }

        _lastPlusOne = epoch + 1;
        _lastFirst = offset;
    }

    // An older record, read after a seek.
    private void Insert(int epoch, long offset)
    {
        int index = _olderCount;
        while (index > 0 && _older![index - 1].Epoch > epoch)
        {
            index--;
        }

        if (index > 0 && _older![index - 1].Epoch == epoch)
        {
            _older[index - 1] = new Entry(epoch, Math.Min(offset, _older[index - 1].First));
        }
        else if ((index == _olderCount || offset < _older![index].First) && (index == 0 || offset > _older![index - 1].First))
        {
            Put(index, new Entry(epoch, offset));
        }
    }

    private void Put(int index, Entry entry)
    {
        _older ??= new Entry[2];
        if (_olderCount == _older.Length)
        {
            Array.Resize(ref _older, 2 * _olderCount);
        }

        _older.AsSpan(index, _olderCount - index).CopyTo(_older.AsSpan(index + 1));
        _older[index] = entry;
        _olderCount++;
    }

    private readonly record struct Entry(int Epoch, long First);
}
