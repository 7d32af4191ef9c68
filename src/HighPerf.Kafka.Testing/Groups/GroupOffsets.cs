namespace HighPerf.Kafka.Testing.Groups;

/// <summary>
/// The committed offsets of one group, and those that wait for their transaction to end. They are kept by topic id: those of a topic that was deleted do
/// not come back with a topic of the same name. Owner: the cluster's loop.
/// </summary>
internal sealed class GroupOffsets
{
    private readonly Dictionary<(Guid Topic, int Partition), CommittedOffset> _offsets = [];

    /// <summary>Offsets of open transactions by producer, in the order of their first commit.</summary>
    private readonly List<(long ProducerId, CommittedOffset Offset)> _pending = [];

    private long _commits;

    /// <summary>In the order of each partition's first commit: what is enumerated must not depend on hashing.</summary>
    public List<CommittedOffset> All { get; } = [];

    /// <summary>Whether nothing is committed, nor may be by an open transaction.</summary>
    public bool IsEmpty => All.Count == 0 && _pending.Count == 0;

    public void Commit(Guid topic, int partition, long offset, int leaderEpoch, string metadata, long commitTimeMs)
    {
        if (!_offsets.TryGetValue((topic, partition), out CommittedOffset? committed))
        {
            committed = new CommittedOffset(topic, partition);
            _offsets.Add((topic, partition), committed);
            All.Add(committed);
        }

        committed.Offset = offset;
        committed.LeaderEpoch = leaderEpoch;
        committed.Metadata = metadata;
        committed.Order = ++_commits;
        committed.CommitTimeMs = commitTimeMs;
        committed.ExpireTimeMs = null;
    }

    public CommittedOffset? Find(Guid topic, int partition) => _offsets.GetValueOrDefault((topic, partition));

    /// <summary>Drops what was committed for the partition, and what may be.</summary>
    public void Remove(Guid topic, int partition)
    {
        if (_offsets.Remove((topic, partition), out CommittedOffset? committed))
        {
            All.Remove(committed);
        }

        _pending.RemoveAll(known => known.Offset.Topic == topic && known.Offset.Partition == partition);
    }

    /// <summary>An offset that counts when the producer's transaction is committed. The last one for a partition wins.</summary>
    public void AddPending(long producerId, CommittedOffset offset)
    {
        _pending.RemoveAll(known => known.ProducerId == producerId && known.Offset.Topic == offset.Topic && known.Offset.Partition == offset.Partition);
        offset.Order = ++_commits;
        _pending.Add((producerId, offset));
    }

    /// <summary>Whether an open transaction may still change the offset (OffsetFetch with RequireStable).</summary>
    public bool HasPending(Guid topic, int partition) =>
        _pending.Exists(known => known.Offset.Topic == topic && known.Offset.Partition == partition);

    /// <summary>The producer's transaction ended. What was committed after the offset, in or outside of a transaction, stays.</summary>
    public void CompletePending(long producerId, bool committed, long nowMs)
    {
        if (committed)
        {
            foreach ((long id, CommittedOffset offset) in _pending)
            {
                if (id == producerId && !(Find(offset.Topic, offset.Partition)?.Order > offset.Order))
                {
                    Commit(offset.Topic, offset.Partition, offset.Offset, offset.LeaderEpoch, offset.Metadata, nowMs);
                    Find(offset.Topic, offset.Partition)!.Order = offset.Order;
                }
            }
        }

        _pending.RemoveAll(known => known.ProducerId == producerId);
    }

    /// <summary>The topic is gone, and with it what was committed for it.</summary>
    public void Forget(Guid topic)
    {
        foreach (CommittedOffset committed in All.FindAll(committed => committed.Topic == topic))
        {
            Remove(topic, committed.Partition);
        }

        _pending.RemoveAll(known => known.Offset.Topic == topic);
    }
}
