using HighPerf.Kafka.Protocol.Records;
using HighPerf.Kafka.Testing.Logs;

namespace HighPerf.Kafka.Testing.Cluster;

/// <content>Transactions, as readers and the coordinator see them.</content>
internal sealed partial class Partition
{
    /// <summary>Below it every transaction is decided, and the decision is on all replicas in sync: how far read_committed readers come.</summary>
    public long LastStableOffset => Math.Min(HighWatermark, Math.Max(Producers.FirstUnstableOffset(HighWatermark), Log.StartOffset));

    /// <summary>Adds the aborted transactions that a read_committed reader has to leave out of what it gets from one offset up to another.</summary>
    public void AbortedTransactions(long fetchOffset, long upperBound, List<AbortedTransaction> found) =>
        Producers.CollectAborted(fetchOffset, upperBound, found);

    /// <summary>Ends a producer's transaction here, whether or not it wrote anything.</summary>
    public void AppendMarker(long producerId, short epoch, bool committed, int coordinatorEpoch, long nowMs)
    {
        Span<byte> batch = stackalloc byte[TransactionMarker.Size];
        ControlRecord end = new(0, committed ? ControlRecordType.Commit : ControlRecordType.Abort, 0, coordinatorEpoch);
        RecordBatchHeader header = TransactionMarker.Write(batch, producerId, epoch, end, nowMs);
        long offset = Log.Append(batch, header, LeaderEpoch, Config.LogAppendTime ? nowMs : -1);
        Producers.Ended(header, end, offset, HighWatermark, Log.StartOffset);
        NotifyAppended();
    }
}
