using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Logs;

namespace HighPerf.Kafka.Testing.Fetching;

/// <summary>A partition as one of its brokers has it: the leader all of the log, a follower what it has copied.</summary>
internal readonly ref struct ReplicaView
{
    private readonly Partition _partition;

    public ReplicaView(Partition partition, int brokerId)
    {
        _partition = partition;
        LogEndOffset = partition.Log.EndOffset;
        HighWatermark = partition.HighWatermark;
        if (brokerId != partition.LeaderId && partition.ReplicaOn(brokerId) is { } follower)
        {
            LogEndOffset = follower.LogEndOffset;
            HighWatermark = follower.HighWatermark;
        }
    }

    public long LogStartOffset => _partition.Log.StartOffset;

    public long LogEndOffset { get; }

    public long HighWatermark { get; }

    public long LastStableOffset => Math.Min(HighWatermark, _partition.LastStableOffset);

    /// <summary>Up to where a reader sees the log.</summary>
    public long EndFor(in FetchParameters parameters)
    {
        if (parameters.IsReplica)
        {
            return LogEndOffset;
        }

        return parameters.ReadCommitted ? LastStableOffset : HighWatermark;
    }

    /// <summary>Where an epoch ends in this copy; unknown for one that it has not seen.</summary>
    public LeaderEpoch EndOf(int epoch)
    {
        LeaderEpoch end = _partition.Log.Epochs.EndOf(epoch, _partition.Log.EndOffset);
        return end with { Offset = Math.Min(end.Offset, LogEndOffset) };
    }
}
