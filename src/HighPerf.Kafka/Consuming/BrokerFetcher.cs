namespace HighPerf.Kafka.Consuming;

/// <summary>
/// Fetches from one broker. A broker answers one request per connection at a time, so a Fetch that is parked for want of data blocks what is sent
/// behind it: a partition that was just
/// assigned or sought then starts on a second lane, and joins the first when that is free. Owner: the session's loop.
/// </summary>
internal sealed class BrokerFetcher
{
    private readonly ConsumerSession _session;
    private readonly List<PartitionCursor> _cursors = []; // owner: the loop
    private readonly FetchLane _main;
    private FetchLane? _fresh; // owner: the loop; made when it is needed first

    public BrokerFetcher(ConsumerSession session, int brokerId)
    {
        _session = session;
        BrokerId = brokerId;
        _main = new FetchLane(session, this);
    }

    public int BrokerId { get; }

    /// <summary>Whether the session will call <see cref="Fetch"/> soon. Owner: the loop.</summary>
    public bool IsFetchPending { get; set; }

    public void Add(PartitionCursor cursor) => _cursors.Add(cursor);

    public void Remove(PartitionCursor cursor) => _cursors.Remove(cursor);

    /// <summary>Sends what can be sent now.</summary>
    public void Fetch()
    {
        if (!_main.IsBusy)
        {
            Fill(_main, freshOnly: false);
        }
        else if (HasFresh())
        {
            _fresh ??= new FetchLane(_session, this);
            if (!_fresh.IsBusy)
            {
                Fill(_fresh, freshOnly: true);
            }
        }
    }

    public void Close()
    {
        _main.Close();
        _fresh?.Close();
    }

    private bool HasFresh()
    {
        foreach (PartitionCursor cursor in _cursors)
        {
            if (cursor.IsFresh && !cursor.IsInFetch)
            {
                return true;
            }
        }

        return false;
    }

    private void Fill(FetchLane lane, bool freshOnly)
    {
        foreach (PartitionCursor cursor in _cursors)
        {
            if ((!freshOnly || cursor.IsFresh) && _session.MayFetch(cursor))
            {
                lane.Entries.Add(new FetchEntry(cursor, cursor.FetchIncarnation, cursor.FetchOffset, cursor.TopicId));
            }
        }

        if (lane.Entries.Count > 0)
        {
            lane.Send();
        }
    }
}
