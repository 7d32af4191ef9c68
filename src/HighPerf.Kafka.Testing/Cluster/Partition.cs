using HighPerf.Kafka.Protocol.Records;
using HighPerf.Kafka.Testing.Logs;

namespace HighPerf.Kafka.Testing.Cluster;

/// <summary>
/// One partition: its log, what producers wrote to it, the requests that wait for more, and its replicas. There is one log, the leader's; every replica
/// has a beginning of it, as long as its log end offset says. Owner: the cluster's loop.
/// </summary>
internal sealed partial class Partition
{
    private readonly EmbeddedCluster _cluster;
    private readonly string _topic;
    private readonly List<IAppendWaiter> _waiters = [];

    /// <param name="replicas">The brokers that have a copy, the preferred leader first.</param>
    public Partition(EmbeddedCluster cluster, string topic, int index, int[] replicas, TopicConfig config)
    {
        _cluster = cluster;
        _topic = topic;
        Index = index;
        Config = config;
        Log = new PartitionLog(config, cluster.LogSegments);
        Producers = new ProducerStates(config);
        CreateReplicas(replicas);
    }

    public int Index { get; }

    public TopicConfig Config { get; }

    public PartitionLog Log { get; }

    public ProducerStates Producers { get; }

    /// <summary>Set when the topic is deleted; what waits here is woken to find out.</summary>
    public bool IsDeleted { get; private set; }

    /// <summary>
    /// What a request that should go to the leader is told when it did not, or when its leader epoch (-1: none given) is not the current one.
    /// </summary>
    public ErrorCode CheckLeader(int brokerId, int epoch)
    {
        ErrorCode error = CheckReplica(brokerId, epoch);
        return error == ErrorCode.None && brokerId != LeaderId ? ErrorCode.NotLeaderOrFollower : error;
    }

    /// <summary>As <see cref="CheckLeader"/>, for requests that a follower may answer, too (KIP-392).</summary>
    public ErrorCode CheckReplica(int brokerId, int epoch)
    {
        if (IsDeleted)
        {
            return ErrorCode.UnknownTopicOrPartition;
        }

        // A broker without a copy does not know the epoch.
        if (ReplicaOn(brokerId) is null)
        {
            return ErrorCode.NotLeaderOrFollower;
        }

        if (epoch >= 0 && epoch != LeaderEpoch)
        {
            return epoch < LeaderEpoch ? ErrorCode.FencedLeaderEpoch : ErrorCode.UnknownLeaderEpoch;
        }

        return ErrorCode.None;
    }

    /// <summary>
    /// Whether a write with these acks may be appended: with acks all (-1) not while fewer replicas are in sync than <c>min.insync.replicas</c>.
    /// </summary>
    public ErrorCode CheckInSync(short acks) => acks == -1 && IsUnderMinInSync ? ErrorCode.NotEnoughReplicas : ErrorCode.None;

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

        Replicate();
        return ErrorCode.None;
    }

    public void AddWaiter(IAppendWaiter waiter) => _waiters.Add(waiter);

    public void RemoveWaiter(IAppendWaiter waiter) => _waiters.Remove(waiter);

    /// <summary>
    /// Replicates what was appended and wakes what waits for more. Called after a whole produce request, so that a fetch of several partitions sees all that
    /// came together.
    /// </summary>
    public void NotifyAppended()
    {
        Replicate();
        _cluster.Maintenance.Require();
        WakeWaiters();
    }

    /// <summary>Moves the log start offset, at most to the high watermark (DeleteRecords).</summary>
    public void DeleteRecords(long offset) => Log.AdvanceStart(Math.Min(offset, HighWatermark));

    /// <summary>Whether time will change the log one day.</summary>
    public bool AgesWithTime => Log.SizeInBytes > 0 && (Config.IsCompacted || (Config.IsDeleted && Config.RetentionMs >= 0));

    /// <summary>Lets go of what is too old, and compacts once enough is new.</summary>
    public void Maintain(long nowMs)
    {
        if (Config.IsCompacted && IsDirty(nowMs))
        {
            Compact(nowMs);
        }

        Log.DropByTime(HighWatermark, nowMs);
    }

    public void Delete()
    {
        IsDeleted = true;
        StopTimers();
        WakeWaiters();
    }

    /// <summary>
    /// The end of the log, the leader, the high watermark or the replicas in sync have changed: who waits looks for himself what that means to him.
    /// </summary>
    private void WakeWaiters()
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
}
