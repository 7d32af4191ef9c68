namespace HighPerf.Kafka.Testing.Cluster;

/// <summary>
/// Who leads. Every change of the leader begins a new leader epoch, and the log ends from then on where the new leader's copy ended: nothing is lost by that
/// which all in sync had; in an unclean election anything may be.
/// </summary>
internal sealed partial class Partition
{
    /// <summary>As the leader's id.</summary>
    public const int NoLeader = -1;

    /// <summary>The broker that leads; <see cref="NoLeader"/> when nobody can.</summary>
    public int LeaderId { get; private set; }

    public int LeaderEpoch { get; private set; }

    public bool HasPreferredLeader => LeaderId == Replicas[0];

    private Replica? Leader => LeaderId == NoLeader ? null : ReplicaOn(LeaderId);

    /// <summary>What the controller does when brokers come and go: sees to it that a live replica leads, if one may.</summary>
    public void ElectIfNeeded()
    {
        if (Leader is { IsLive: true })
        {
            return;
        }

        Replica? next = FirstLiveInSync();
        if (next is null && Config.UncleanLeaderElection)
        {
            next = Array.Find(_replicas, replica => replica.IsLive);
        }

        if (next is not null || LeaderId != NoLeader)
        {
            SetLeader(next);
        }
    }

    /// <summary>Gives leadership back to the first replica of the list (ElectLeaders).</summary>
    public ErrorCode ElectPreferred()
    {
        Replica preferred = _replicas[0];
        if (HasPreferredLeader)
        {
            return ErrorCode.ElectionNotNeeded;
        }

        if (!preferred.IsLive || !preferred.IsInSync)
        {
            return ErrorCode.PreferredLeaderNotAvailable;
        }

        SetLeader(preferred);
        return ErrorCode.None;
    }

    /// <summary>Finds a leader where there is none, in sync or not (ElectLeaders).</summary>
    public ErrorCode ElectUnclean()
    {
        if (LeaderId != NoLeader)
        {
            return ErrorCode.ElectionNotNeeded;
        }

        Replica? next = FirstLiveInSync() ?? Array.Find(_replicas, replica => replica.IsLive);
        if (next is null)
        {
            return ErrorCode.EligibleLeadersNotAvailable;
        }

        SetLeader(next);
        return ErrorCode.None;
    }

    /// <summary>Gives leadership to a live replica, also to one that is out of sync: then what it lacks is lost. Nobody: the partition has no leader.</summary>
    public void SetLeader(Replica? leader)
    {
        LeaderEpoch++;
        LeaderId = leader?.BrokerId ?? NoLeader;
        _underWay?.Clear();
        if (leader is null)
        {
            _cluster.Log.Write($"{_topic}-{Index}: no leader, epoch {LeaderEpoch}");
            WakeWaiters();
            return;
        }

        bool isClean = leader.IsInSync;
        if (!isClean)
        {
            foreach (Replica replica in _replicas)
            {
                replica.IsInSync = replica == leader;
            }

            RefreshInSync();
        }

        leader.IsPaused = false;
        leader.BehindSince = null;
        long lost = Log.EndOffset - leader.LogEndOffset;
        TruncateTo(leader.LogEndOffset);
        _cluster.Log.Write(
            $"{_topic}-{Index}: broker {LeaderId} leads, epoch {LeaderEpoch}, from offset {Log.EndOffset}"
            + (isClean ? "" : ", unclean election") + (lost > 0 ? $", {lost} offsets lost" : ""));
        Log.Epochs.Assign(LeaderEpoch, Log.EndOffset);
        CatchUp();
        WakeWaiters();
    }

    private Replica? FirstLiveInSync() => Array.Find(_replicas, replica => replica is { IsLive: true, IsInSync: true });

    private void TruncateTo(long endOffset)
    {
        if (endOffset >= Log.EndOffset)
        {
            return;
        }

        Log.Truncate(endOffset);
        HighWatermark = Math.Min(HighWatermark, endOffset);
        _compactedTo = Math.Min(_compactedTo, endOffset);
        foreach (Replica replica in _replicas)
        {
            // What a stopped broker has beyond the new leader's log it will cut off before it replicates again; it may as well be done now.
            replica.LogEndOffset = Math.Min(replica.LogEndOffset, endOffset);
            replica.HighWatermark = Math.Min(replica.HighWatermark, endOffset);
        }

        Producers.Rebuild(Log, HighWatermark);
    }
}
