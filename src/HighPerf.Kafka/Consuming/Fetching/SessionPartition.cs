namespace HighPerf.Kafka.Consuming.Fetching;

/// <summary>One partition of a fetch session: whom it is fetched for, and how the broker was asked for it last. Owner: the session's loop.</summary>
internal sealed class SessionPartition(SessionTopic topic, int partition)
{
    public SessionTopic Topic { get; } = topic;

    public int Partition { get; } = partition;

    /// <summary>Null: nobody wants it any more, and the broker is told to forget it.</summary>
    public PartitionCursor? Cursor { get; set; }

    /// <summary>Whether the broker has it in its session.</summary>
    public bool IsKnown { get; set; }

    /// <summary>Whether the next request has to look at it.</summary>
    public bool IsListed { get; set; }

    /// <summary>Where it stands among all of the session.</summary>
    public int Index { get; set; }

    /// <summary>What was asked for last, and for which incarnation (F6).</summary>
    public int Incarnation { get; private set; }

    public long Offset { get; private set; } = -1;

    public int LeaderEpoch { get; private set; } = -1;

    /// <summary>The epoch of the record before <see cref="Offset"/>; -1 when it is not known.</summary>
    public int LastEpoch { get; private set; } = -1;

    /// <summary>Takes over how the partition stands now. False: the broker knows it so already.</summary>
    public bool Ask()
    {
        PartitionCursor cursor = Cursor!;
        Incarnation = cursor.FetchIncarnation;
        if (IsKnown && Offset == cursor.FetchOffset && LeaderEpoch == cursor.LeaderEpoch && LastEpoch == cursor.PositionEpoch)
        {
            return false;
        }

        IsKnown = true;
        Offset = cursor.FetchOffset;
        LeaderEpoch = cursor.LeaderEpoch;
        LastEpoch = cursor.PositionEpoch;
        return true;
    }
}
