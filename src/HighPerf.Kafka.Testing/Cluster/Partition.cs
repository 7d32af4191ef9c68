using HighPerf.Kafka.Protocol.Records;
using HighPerf.Kafka.Testing.Logs;

namespace HighPerf.Kafka.Testing.Cluster;

/// <summary>
/// One partition: who leads it, its log, what producers wrote to it, and the fetches that wait for more. There is one log, the leader's; the replica lists
/// are what clients are told. Owner: the cluster's loop.
/// </summary>
internal sealed partial class Partition
{
    private readonly List<IAppendWaiter> _waiters = [];

    public Partition(int index, int[] replicas, TopicConfig config)
    {
        Index = index;
        Replicas = replicas;
        InSyncReplicas = replicas;
        LeaderId = replicas[0];
        Config = config;
        Log = new PartitionLog(config.RetentionBytes);
        Producers = new ProducerStates(config);
    }

    public int Index { get; }

    public TopicConfig Config { get; }

    public int LeaderId { get; }

    public int LeaderEpoch { get; }

    public int[] Replicas { get; }

    public int[] InSyncReplicas { get; }

    public PartitionLog Log { get; }

    public ProducerStates Producers { get; }

    /// <summary>What is acknowledged by all: everything, as there is one copy.</summary>
    public long HighWatermark => Log.EndOffset;

    /// <summary>Set when the topic is deleted; what waits here is woken to find out.</summary>
    public bool IsDeleted { get; private set; }

    /// <summary>
    /// What a request that should go to the leader is told when it did not, or when its leader epoch (-1: none given) is not the current one.
    /// </summary>
    public ErrorCode CheckLeader(int brokerId, int epoch)
    {
        if (IsDeleted)
        {
            return ErrorCode.UnknownTopicOrPartition;
        }

        if (epoch >= 0 && epoch != LeaderEpoch)
        {
            return epoch < LeaderEpoch ? ErrorCode.FencedLeaderEpoch : ErrorCode.UnknownLeaderEpoch;
        }

        return brokerId == LeaderId ? ErrorCode.None : ErrorCode.NotLeaderOrFollower;
    }

    /// <summary>Appends a validated batch, or finds that it was appended before (then <paramref name="appended"/> is the first time's).</summary>
    /// <returns>NONE, or what is wrong with the batch's producer epoch or sequence number.</returns>
    public ErrorCode Append(ReadOnlySpan<byte> batch, in RecordBatchHeader header, long nowMs, out AppendedBatch appended, out bool isDuplicate)
    {
        appended = default;
        isDuplicate = false;
        if (header.HasProducerId)
        {
            ErrorCode error = Producers.Check(header, Log.StartOffset, nowMs, out AppendedBatch? original);
            if (error != ErrorCode.None)
            {
                return error;
            }

            if (original is { } before)
            {
                appended = before;
                isDuplicate = true;
                return ErrorCode.None;
            }
        }

        long timestamp = Config.LogAppendTime ? nowMs : -1;
        long baseOffset = Log.Append(batch, header, LeaderEpoch, timestamp);
        appended = new AppendedBatch(header.BaseSequence, header.LastSequence, baseOffset, timestamp);
        if (header.HasProducerId)
        {
            Producers.Appended(header, appended, timestamp >= 0 ? timestamp : header.MaxTimestamp);
        }

        return ErrorCode.None;
    }

    public void AddWaiter(IAppendWaiter waiter) => _waiters.Add(waiter);

    public void RemoveWaiter(IAppendWaiter waiter) => _waiters.Remove(waiter);

    /// <summary>Wakes what waits for more. Called after a whole produce request, so that a fetch of several partitions sees all that came together.</summary>
    public void NotifyAppended()
    {
        int i = 0;
        while (i < _waiters.Count)
        {
            IAppendWaiter waiter = _waiters[i];
            waiter.OnAppended();

            // One that is satisfied has removed itself; the next one stands in its place.
            if (i < _waiters.Count && ReferenceEquals(_waiters[i], waiter))
            {
                i++;
            }
        }
    }

    public void Delete()
    {
        IsDeleted = true;
        NotifyAppended();
    }
}
