namespace HighPerf.Kafka.Testing.Groups;

/// <summary>
/// The committed offsets of all groups. They are kept by topic id: those of a topic that was deleted do not come back with a topic of the same name.
/// Owner: the cluster's loop.
/// </summary>
internal sealed class GroupOffsets
{
    private readonly Dictionary<(string Group, Guid Topic, int Partition), CommittedOffset> _offsets = [];

    /// <summary>The same by group, in the order of each partition's first commit.</summary>
    private readonly Dictionary<string, List<CommittedOffset>> _byGroup = new(StringComparer.Ordinal);

    /// <summary>Every group, in the order of its first commit: what is enumerated must not depend on hashing.</summary>
    private readonly List<string> _groups = [];

    public void Commit(string group, Guid topic, int partition, long offset, int leaderEpoch, string metadata)
    {
        if (!_offsets.TryGetValue((group, topic, partition), out CommittedOffset? committed))
        {
            committed = new CommittedOffset(topic, partition);
            _offsets.Add((group, topic, partition), committed);
            if (!_byGroup.TryGetValue(group, out List<CommittedOffset>? all))
            {
                all = [];
                _byGroup.Add(group, all);
                _groups.Add(group);
            }

            all.Add(committed);
        }

        committed.Offset = offset;
        committed.LeaderEpoch = leaderEpoch;
        committed.Metadata = metadata;
    }

    public CommittedOffset? Find(string group, Guid topic, int partition) => _offsets.GetValueOrDefault((group, topic, partition));

    /// <summary>Everything a group committed, in the order of the first commit of each partition.</summary>
    public IReadOnlyList<CommittedOffset> All(string group) => _byGroup.TryGetValue(group, out List<CommittedOffset>? all) ? all : [];

    /// <summary>The topic is gone, and with it what was committed for it.</summary>
    public void Forget(Guid topic)
    {
        foreach (string group in _groups)
        {
            List<CommittedOffset> all = _byGroup[group];
            foreach (CommittedOffset committed in all.FindAll(committed => committed.Topic == topic))
            {
                _offsets.Remove((group, topic, committed.Partition));
                all.Remove(committed);
            }
        }
    }
}
