namespace HighPerf.Kafka.Consuming.Fetching;

/// <summary>
/// Fetches from one broker. A broker answers one request per connection at a time, so a Fetch that is parked for want of data blocks what is sent
/// behind it: what can be fetched while one is parked (a partition that was just assigned, sought or resumed, or that has room again) goes out on a
/// second lane, and joins the first when that is free. Owner: the session's loop.
/// </summary>
internal sealed class BrokerFetcher
{
    private readonly ConsumerSession _session;
    private readonly List<PartitionCursor> _cursors = []; // owner: the loop
    private readonly FetchLane _main;
    private FetchLane? _second; // owner: the loop; made when it is needed first

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
        FetchLane? lane = null;
        foreach (PartitionCursor cursor in _cursors)
        {
            if (!_session.MayFetch(cursor))
            {
                continue;
            }

            lane ??= FreeLane();
            if (lane is null)
            {
                return; // whichever lane is answered first comes back here
            }

            lane.Entries.Add(new FetchEntry(cursor, cursor.FetchIncarnation, cursor.FetchOffset, cursor.TopicId));
        }

        lane?.Send();
    }

    public void Close()
    {
        _main.Close();
        _second?.Close();
    }

    private FetchLane? FreeLane()
    {
        if (!_main.IsBusy)
        {
            return _main;
        }

        _second ??= new FetchLane(_session, this);
        return _second.IsBusy ? null : _second;
    }
}
