using HighPerf.Kafka.Testing.Cluster;

namespace HighPerf.Kafka.Testing.Fetching;

/// <summary>
/// The partitions of one fetch or of one fetch session. Those that may have something to tell stand in a list; all others are known to have nothing, and cost
/// nothing. Owner: the cluster's loop.
/// </summary>
internal sealed class FetchPartitionSet
{
    private readonly FetchWakeups _wakeups;
    private readonly Dictionary<FetchTarget, FetchPartition> _byTarget = [];

    /// <summary>All of <see cref="_byTarget"/> in the order in which they came: enumeration must not depend on hashes.</summary>
    private readonly List<FetchPartition> _all = [];
    private readonly List<FetchPartition> _changed = [];
    private readonly List<PendingFetch> _waiting = [];
    private long _lastOrder;
    private bool _sorted = true;
    private bool _watches;
    private bool _released;

    public FetchPartitionSet(FetchWakeups wakeups) => _wakeups = wakeups;

    public int Count => _all.Count;

    /// <summary>Whether it stands in the queue of <see cref="FetchWakeups"/>.</summary>
    public bool IsQueued { get; set; }

    /// <summary>The partitions that may have something to tell, in the order of the rotation.</summary>
    public List<FetchPartition> Changed
    {
        get
        {
            if (!_sorted)
            {
                _changed.Sort(static (one, other) => one.Order.CompareTo(other.Order));
                _sorted = true;
            }

            return _changed;
        }
    }

    /// <summary>Adds a partition, or takes over what is asked of one that is there.</summary>
    public void Ask(in FetchAsk ask)
    {
        if (!_byTarget.TryGetValue(ask.Target, out FetchPartition? partition))
        {
            partition = new FetchPartition(this, ask.Target) { Order = ++_lastOrder };
            _byTarget.Add(ask.Target, partition);
            _all.Add(partition);
        }

        partition.Ask(ask);
        AddChanged(partition);
    }

    public void Forget(in FetchTarget target)
    {
        if (_byTarget.Remove(target, out FetchPartition? partition))
        {
            _all.Remove(partition);
            _changed.Remove(partition);
            partition.Unwatch();
        }
    }

    /// <summary>Finds what the changed partitions mean now, and returns how many of them there are not.</summary>
    public int Resolve(TopicRegistry topics)
    {
        int unknown = 0;
        foreach (FetchPartition partition in _changed)
        {
            partition.Resolve(topics);
            unknown += partition.Partition is null ? 1 : 0;
            if (_watches)
            {
                partition.Watch();
            }
        }

        return unknown;
    }

    /// <summary>A watched partition is not what it was: it may have something to tell.</summary>
    public void MarkChanged(FetchPartition partition)
    {
        AddChanged(partition);
        if (_waiting.Count > 0)
        {
            _wakeups.Add(this);
        }
    }

    /// <summary>The partition gave records: it is read last next time.</summary>
    public void MoveToEnd(FetchPartition partition)
    {
        partition.Order = ++_lastOrder;
        _sorted = false;
    }

    /// <summary>Takes those out of the list that have nothing to tell any more.</summary>
    public void DropSettled() => _changed.RemoveAll(static partition =>
    {
        partition.IsChanged = !partition.IsSettled;
        return partition.IsSettled;
    });

    /// <summary>From now on the list is kept up by the partitions themselves. All that are not watched are in the list.</summary>
    public void Watch()
    {
        _watches = true;
        foreach (FetchPartition partition in _changed)
        {
            partition.Watch();
        }
    }

    /// <summary>Nobody will use it any more but who waits now.</summary>
    public void Release()
    {
        _released = true;
        UnwatchUnused();
    }

    public void AddWaiting(PendingFetch fetch) => _waiting.Add(fetch);

    public void RemoveWaiting(PendingFetch fetch)
    {
        _waiting.Remove(fetch);
        UnwatchUnused();
    }

    /// <summary>Something changed: those that wait look again.</summary>
    public void Wake()
    {
        int i = 0;
        while (i < _waiting.Count)
        {
            PendingFetch fetch = _waiting[i];
            fetch.OnChanged();

            // One that is satisfied has removed itself; the next one stands in its place.
            if (i < _waiting.Count && ReferenceEquals(_waiting[i], fetch))
            {
                i++;
            }
        }
    }

    private void AddChanged(FetchPartition partition)
    {
        if (!partition.IsChanged)
        {
            partition.IsChanged = true;
            _sorted &= _changed.Count == 0 || _changed[^1].Order < partition.Order;
            _changed.Add(partition);
        }
    }

    private void UnwatchUnused()
    {
        if (_released && _watches && _waiting.Count == 0)
        {
            _watches = false;
            foreach (FetchPartition partition in _all)
            {
                partition.Unwatch();
            }
        }
    }
}
