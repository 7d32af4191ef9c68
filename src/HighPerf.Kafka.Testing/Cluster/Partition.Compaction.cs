using HighPerf.Kafka.Testing.Logs;

namespace HighPerf.Kafka.Testing.Cluster;

/// <summary>When the log is compacted, and how far.</summary>
internal sealed partial class Partition
{
    /// <summary>What stands before it has been compacted.</summary>
    private long _compactedTo;

    /// <summary>
    /// Compacts everything that may be: not what is newer than <c>min.compaction.lag.ms</c>, nor open transactions, nor what is not on all replicas in sync. A
    /// real broker leaves alone the newest segment, too; it does so here as long as nobody asks for more.
    /// </summary>
    public void Compact(long nowMs)
    {
        long limit = CompactionLimit(nowMs);
        if (limit <= Log.StartOffset)
        {
            return;
        }

        try
        {
            using LogCompactor compactor = new(Log, limit, nowMs, Config.DeleteRetentionMs, _cluster.Buffers, _cluster.Codecs);
            compactor.Run();
            _compactedTo = limit;
        }
        catch (KafkaProtocolException error)
        {
            // As in a real broker: a log that cannot be cleaned stays as it is, and the cleaner says why.
            _cluster.Log.Write($"{_topic}-{Index} cannot be compacted: {error.Message}");
        }
    }

    private bool IsDirty(long nowMs)
    {
        long limit = CompactionLimit(nowMs);
        if (Log.Segments.Count == 0 || limit <= _compactedTo)
        {
            return false;
        }

        if (nowMs - Log.TimestampAt(_compactedTo) > Config.MaxCompactionLagMs)
        {
            return true;
        }

        limit = Math.Min(limit, Log.Segments[^1].BaseOffset);
        long dirty = Log.BytesBetween(_compactedTo, limit);
        return dirty > 0 && dirty >= Config.MinCleanableDirtyRatio * Log.BytesBetween(Log.StartOffset, limit);
    }

    private long CompactionLimit(long nowMs)
    {
        long limit = LastStableOffset;
        if (Config.MinCompactionLagMs > 0 && Log.TryFindTime(nowMs - Config.MinCompactionLagMs + 1, out LogPosition young))
        {
            limit = Math.Min(limit, young.Batch.BaseOffset);
        }

        return limit;
    }
}
