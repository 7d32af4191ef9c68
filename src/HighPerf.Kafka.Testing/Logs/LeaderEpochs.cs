namespace HighPerf.Kafka.Testing.Logs;

/// <summary>
/// Which leader epoch began at which offset of a log (KIP-101): what a client or follower asks in order to find out whether its log is still the leader's.
/// Epochs and offsets both rise. Owner: the cluster's loop.
/// </summary>
internal sealed class LeaderEpochs
{
    /// <summary>Most partitions have one leader all their life.</summary>
    private readonly List<LeaderEpoch> _epochs = new(1);

    public int Latest => _epochs.Count == 0 ? -1 : _epochs[^1].Epoch;

    /// <summary>Where the latest epoch began; -1 when there is none.</summary>
    public long LatestStart => _epochs.Count == 0 ? -1 : _epochs[^1].Offset;

    /// <summary>Takes note of a new leader, or of the first batch of one. An epoch in which nothing was written is forgotten.</summary>
    public void Assign(int epoch, long startOffset)
    {
        if (epoch <= Latest)
        {
            return;
        }

        TruncateEnd(startOffset);
        _epochs.Add(new LeaderEpoch(epoch, startOffset));
    }

    /// <summary>
    /// The offset behind the last record of an epoch, with the epoch that this is true of: the asked one, or the largest below it that wrote anything.
    /// </summary>
    /// <param name="endOffset">Where the log ends.</param>
    public LeaderEpoch EndOf(int epoch, long endOffset)
    {
        if (epoch < 0 || epoch > Latest)
        {
            return LeaderEpoch.Unknown;
        }

        if (epoch == Latest)
        {
            return new LeaderEpoch(epoch, endOffset);
        }

        int higher = 0;
        while (_epochs[higher].Epoch <= epoch)
        {
            higher++;
        }

        // Older than all that is known: everything that it wrote is gone, so it ends where the log begins.
        return new LeaderEpoch(higher == 0 ? epoch : _epochs[higher - 1].Epoch, _epochs[higher].Offset);
    }

    /// <summary>The log ends here now: epochs that began at or behind it are forgotten.</summary>
    public void TruncateEnd(long endOffset) => _epochs.RemoveAll(known => known.Offset >= endOffset);

    /// <summary>The log begins here now: of the epochs that began before, only the one that holds the offset stays.</summary>
    public void TruncateStart(long startOffset)
    {
        int last = _epochs.Count - 1;
        while (last >= 0 && _epochs[last].Offset > startOffset)
        {
            last--;
        }

        if (last >= 0)
        {
            _epochs[last] = _epochs[last] with { Offset = startOffset };
            _epochs.RemoveRange(0, last);
        }
    }
}
