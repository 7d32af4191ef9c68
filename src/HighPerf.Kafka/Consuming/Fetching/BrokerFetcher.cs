namespace HighPerf.Kafka.Consuming.Fetching;

/// <summary>
/// Fetches from one broker. A broker answers one request per connection at a time, so a Fetch that is parked for want of data blocks what is sent
/// behind it: what becomes fetchable while one is parked (a partition that was just assigned, sought or resumed, or that has room again) goes out on a
/// second lane, and joins the first when that is free.
/// <para>
/// Both are free at once only by chance, so they meet: while the second has partitions, neither parks for longer than <see cref="ShortWait"/>; and the second,
/// once it was answered and nothing new waits for it, does not send again when the first will be back that soon.
/// </para>
/// Work follows what happens: what lies quiet in a lane's session is not looked at. Owner: the session's loop.
/// </summary>
internal sealed class BrokerFetcher
{
    // How much longer than asked for a broker may keep a fetch when nothing happens on it.
    private const int LongestWaitFactor = 10;

    private static readonly TimeSpan ShortWait = TimeSpan.FromMilliseconds(100);

    private readonly ConsumerSession _session;
    private readonly List<PartitionCursor> _ready = []; // owner: the loop
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

    /// <summary>The partition may be fetched here, as far as is known.</summary>
    public void Offer(PartitionCursor cursor)
    {
        if (cursor.OfferedTo != this)
        {
            cursor.OfferedTo = this;
            _ready.Add(cursor);
        }

        _session.FetchSoon(this);
    }

    /// <summary>Sends what can be sent now.</summary>
    public void Fetch()
    {
        if (!_main.IsBusy)
        {
            if (_second is { IsBusy: false })
            {
                _second.MoveTo(_main);
            }

            TakeReady(_main);
            if (_main.Session.Count > 0)
            {
                _main.Send(_second is { IsBusy: true } ? Shorter(_session.Options.FetchMaxWait) : MainWait());
            }

            return;
        }

        bool isMainSoonBack = _main.Wait <= ShortWait;
        if (_second is { IsBusy: true } || (_ready.Count == 0 && (_second is null || isMainSoonBack)))
        {
            return; // whichever lane is answered first comes back here
        }

        if (_second is null && !CanFetchAny())
        {
            return; // what waits there has no room, and is offered again when it has
        }

        _second ??= new FetchLane(_session, this);
        TakeReady(_second);
        if (_second.Session.Count > 0)
        {
            _second.Send(Shorter(_session.Options.FetchMaxWait));
        }
    }

    public void Close()
    {
        _main.Close();
        _second?.Close();
    }

    private bool CanFetchAny()
    {
        foreach (PartitionCursor cursor in _ready)
        {
            if (cursor.OfferedTo == this && cursor.Lane is null && _session.MayFetch(cursor))
            {
                return true;
            }
        }

        return false;
    }

    private void TakeReady(FetchLane lane)
    {
        foreach (PartitionCursor cursor in _ready)
        {
            if (cursor.OfferedTo != this)
            {
                continue; // somebody else's by now
            }

            cursor.OfferedTo = null;
            if (cursor.Lane is null && _session.MayFetch(cursor))
            {
                lane.Take(cursor);
            }
        }

        _ready.Clear();
    }

    // A consumer of which nothing is wanted sends less and less. Who gathers bytes meant the time as it was said.
    private TimeSpan MainWait()
    {
        TimeSpan wait = _session.Options.FetchMaxWait;
        if (_session.Options.FetchMinBytes > 1)
        {
            return wait;
        }

        int factor = Math.Min(1 << Math.Min(_main.EmptyAnswers, 10), LongestWaitFactor);
        return wait * factor;
    }

    private static TimeSpan Shorter(TimeSpan wait) => wait < ShortWait ? wait : ShortWait;
}
