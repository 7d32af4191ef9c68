using HighPerf.Kafka.Testing.Cluster;

namespace HighPerf.Kafka.Testing.Fetching;

/// <summary>One partition of a fetch or of a fetch session: what the client asks of it and what it was last told. Owner: the cluster's loop.</summary>
internal sealed class FetchPartition : IAppendWaiter
{
    private readonly FetchPartitionSet _set;

    /// <summary>Where this waits for changes.</summary>
    private Partition? _watched;

    public FetchPartition(FetchPartitionSet set, FetchTarget target)
    {
        _set = set;
        Target = target;
        TopicName = target.Topic;
    }

    public FetchTarget Target { get; }

    /// <summary>Null for an id that has never been found. A session by ids keeps the name when the topic goes, as that of a real broker does.</summary>
    public string? TopicName { get; private set; }

    /// <summary>What is meant; null when there is no such partition.</summary>
    public Partition? Partition { get; private set; }

    /// <summary>What is answered when there is no such partition.</summary>
    public ErrorCode Unknown { get; private set; }

    /// <summary>The topic of this name has another id than the one asked for: it was deleted and created again.</summary>
    public bool IsInconsistent { get; private set; }

    public long Offset { get; private set; }

    public int MaxBytes { get; private set; }

    /// <summary>The leader epoch that the client knows; -1 for none.</summary>
    public int LeaderEpoch { get; private set; }

    /// <summary>The epoch of the last record that the client has; -1 for none.</summary>
    public int LastFetchedEpoch { get; private set; }

    /// <summary>As last told; -1 when the partition must be told in any case.</summary>
    public long ToldHighWatermark { get; set; } = -1;

    public long ToldLogStart { get; set; } = -1;

    /// <summary>The place in the rotation: the lowest is read first.</summary>
    public long Order { get; set; }

    /// <summary>Whether it stands in the set's list of those that may have something to tell.</summary>
    public bool IsChanged { get; set; }

    /// <summary>Whether the latest read found that it has nothing to tell until it changes or the client asks for something else.</summary>
    public bool IsSettled { get; set; }

    public void Ask(in FetchAsk ask)
    {
        Offset = ask.Offset;
        MaxBytes = ask.MaxBytes;
        LeaderEpoch = ask.LeaderEpoch;
        LastFetchedEpoch = ask.LastFetchedEpoch;
    }

    /// <summary>Finds the partition that is meant, unless it is found and still there.</summary>
    public void Resolve(TopicRegistry topics)
    {
        if (Partition is { IsDeleted: false })
        {
            return;
        }

        Topic? topic = TopicName is null ? topics.Find(Target.TopicId) : topics.Find(TopicName);
        Unknown = TopicName is null ? ErrorCode.UnknownTopicId : ErrorCode.UnknownTopicOrPartition;
        Partition = null;
        if (topic is not null)
        {
            TopicName = topic.Name;
            Unknown = ErrorCode.UnknownTopicOrPartition;
            Partition = topic.FindPartition(Target.Partition);
            IsInconsistent = Target.Topic is null && topic.Id != Target.TopicId;
        }
    }

    /// <summary>Waits for changes of the partition that is meant now.</summary>
    public void Watch()
    {
        if (_watched != Partition)
        {
            _watched?.RemoveWaiter(this);
            Partition?.AddWaiter(this);
            _watched = Partition;
        }
    }

    public void Unwatch()
    {
        _watched?.RemoveWaiter(this);
        _watched = null;
    }

    void IAppendWaiter.OnAppended() => _set.MarkChanged(this);
}
