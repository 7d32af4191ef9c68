namespace HighPerf.Kafka.Testing.Logs;

/// <summary>The two ends of the log: cutting off what a new leader does not have, and letting go of what is old or deleted.</summary>
internal sealed partial class PartitionLog
{
    /// <summary>Cuts off everything from the offset on; it lies between two batches, or before the log (then an empty log begins there).</summary>
    public void Truncate(long offset)
    {
        if (offset >= EndOffset)
        {
            return;
        }

        for (int i = _segments.Count - 1; i >= 0 && _segments[i].LastOffset >= offset; i--)
        {
            LogSegment segment = _segments[i];
            int kept = segment.Find(offset);
            if (kept > 0)
            {
                segment.Truncate(kept);
            }
            else
            {
                _segments.RemoveAt(i);
                segment.Release();
            }
        }

        EndOffset = offset;
        StartOffset = Math.Min(StartOffset, offset);
        Epochs.TruncateEnd(offset);
    }

    /// <summary>Everything before the offset is gone for clients; segments that lie before it altogether are let go.</summary>
    public void AdvanceStart(long offset)
    {
        if (offset <= StartOffset)
        {
            return;
        }

        StartOffset = offset;
        int gone = 0;
        while (gone < _segments.Count && _segments[gone].LastOffset < offset)
        {
            gone++;
        }

        for (int i = 0; i < gone; i++)
        {
            _segments[i].Release();
        }

        _segments.RemoveRange(0, gone);
        Epochs.TruncateStart(offset);
    }

    /// <summary>The same log in other bytes: it was compacted. Who reads the old ones keeps them.</summary>
    public void Replace(List<LogSegment> segments)
    {
        foreach (LogSegment segment in _segments)
        {
            segment.Release();
        }

        _segments.Clear();
        _segments.AddRange(segments);
    }

    /// <summary>
    /// Lets go of the oldest segments as long as <c>retention.bytes</c> are left. Segments here are smaller than <c>segment.bytes</c> may allow, so that the
    /// setting bounds the memory.
    /// </summary>
    /// <param name="limit">Nothing from this offset (the high watermark) on goes.</param>
    public void DropBySize(long limit)
    {
        if (!_config.IsDeleted || _config.RetentionBytes < 0)
        {
            return;
        }

        while (_segments.Count > 1 && SizeInBytes - _segments[0].Length >= _config.RetentionBytes && _segments[0].LastOffset < limit)
        {
            AdvanceStart(_segments[0].LastOffset + 1);
        }
    }

    /// <summary>Lets go of the oldest segments whose youngest record is older than <c>retention.ms</c>, the newest segment too.</summary>
    /// <param name="limit">Nothing from this offset (the high watermark) on goes.</param>
    public void DropByTime(long limit, long nowMs)
    {
        if (!_config.IsDeleted || _config.RetentionMs < 0)
        {
            return;
        }

        while (_segments.Count > 0 && nowMs - _segments[0].MaxTimestamp > _config.RetentionMs && _segments[0].LastOffset < limit)
        {
            AdvanceStart(_segments[0].LastOffset + 1);
        }
    }
}
