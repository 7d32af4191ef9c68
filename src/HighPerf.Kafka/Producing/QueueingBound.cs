namespace HighPerf.Kafka.Producing;

/// <summary>
/// How many unacknowledged bytes a producer should admit, so that a record waits in the client for about a target time and not for as long as the memory
/// allows: 64 MB before a link of 10 MB/s are more than six seconds of latency that buy nothing. A plain state machine: answers in, a limit out; no time, no
/// locks. Owner: the producer's loop.
///
/// What is right follows from Little's law. Bytes that are in flight for a round trip and wait for the target time before it are the rate of the answers times
/// the sum of both. The rate is that of the link only while records wait, so only then the limit is reduced: when at least half of the bytes that were answered
/// in an interval had waited longer than the target (half of the bytes, not the shortest wait as in CoDel: a partition with little traffic waits for nobody and
/// says nothing of the others). It is reduced to the product at once, not step by step, but to no less than a quarter: a single measurement may be wrong.
///
/// The limit is raised when records were held back by it though those that were answered did not wait: towards the product, by a quarter at most, so that a
/// measurement that was too low, or a link that became faster, is made good in a second or two for each order of magnitude. Where nobody is held back it stays:
/// what was learnt is not forgotten in a quiet hour, and the next burst does not queue up to the cap again.
///
/// After a change the queue that was there goes on waiting as long as it would have. Its batches say nothing of the new limit, and would drive it down to the
/// floor, or up to the cap; so only batches count that became ready after it, and nothing is decided before they are most of what is answered. That is all the
/// damping there is: the next decision is taken when the last one can be seen.
///
/// Nothing is learnt from silence, which is several times the usual round trip without an answer: nobody sends, a broker is away, a leader moves. No interval
/// ends in it; after it, what waited through it is not counted, and it is not part of the rate. An interval is two round trips at least, because answers over a
/// long way come in clumps.
/// </summary>
internal sealed class QueueingBound
{
    private const double Growth = 1.25;
    private const int MostShrinking = 4;

    private readonly double _floor;
    private readonly double _cap;
    private readonly TimeSpan _target;
    private double _limit;
    private TimeSpan _begun = TimeSpan.MinValue; // the interval; before the first answer there is none
    private TimeSpan _lastAnswer;
    private double _usualRoundTrip; // seconds, of the interval before
    private TimeSpan _countedFrom = TimeSpan.MinValue; // batches that were ready before do not count
    private double _answered; // bytes in this interval
    private double _roundTrips; // seconds times bytes in this interval
    private double _counted; // bytes in this interval
    private double _late; // bytes in this interval
    private bool _wasHeldBack; // in this interval

    /// <param name="floor">Bytes that are always admitted: enough for every request that may be in flight.</param>
    /// <param name="cap">The most bytes, from which it starts.</param>
    /// <param name="target">How long a record may wait before it is sent, where others wait too.</param>
    public QueueingBound(long floor, long cap, TimeSpan target)
    {
        _floor = Math.Min(floor, cap);
        _cap = cap;
        _limit = cap;
        _target = target;
    }

    /// <summary>The bytes to admit now.</summary>
    public long Limit => (long)_limit;

    /// <summary>A batch was acknowledged.</summary>
    /// <param name="bytes">The memory that it stood for.</param>
    /// <param name="readyAt">When nothing but others kept it from being sent: it was full, or its linger over.</param>
    /// <param name="sentAt">When it was sent; the last time, if more than once.</param>
    /// <param name="heldBack">Whether any record had to wait for memory, or was turned away, since the last call.</param>
    /// <param name="now">The time.</param>
    public void Acknowledged(long bytes, TimeSpan readyAt, TimeSpan sentAt, bool heldBack, TimeSpan now)
    {
        double roundTrip = (now - sentAt).TotalSeconds;
        bool isFirst = _begun == TimeSpan.MinValue;
        if (isFirst || (now - _lastAnswer).TotalSeconds > 2 * (_target.TotalSeconds + (2 * _usualRoundTrip)))
        {
            _countedFrom = isFirst ? _countedFrom : now;
            _usualRoundTrip = roundTrip;
            Begin(now);
        }

        _lastAnswer = now;
        _answered += bytes;
        _roundTrips += bytes * roundTrip;
        _wasHeldBack |= heldBack;
        if (readyAt >= _countedFrom)
        {
            _counted += bytes;
            _late += sentAt - readyAt > _target ? bytes : 0;
        }

        double seconds = (now - _begun).TotalSeconds;
        double meanRoundTrip = _roundTrips / _answered;
        if (seconds >= Math.Max(_target.TotalSeconds, 2 * meanRoundTrip))
        {
            _usualRoundTrip = meanRoundTrip;
            Decide(_answered / seconds * (_target.TotalSeconds + meanRoundTrip));
            Begin(now);
        }
    }

    private void Decide(double enough)
    {
        bool isLate = 2 * _late >= _counted;
        if (2 * _counted < _answered || (!isLate && !_wasHeldBack))
        {
            return;
        }

        double next = isLate ? Math.Min(_limit, Math.Max(enough, _limit / MostShrinking)) : Math.Max(_limit, Math.Min(enough, _limit * Growth));
        next = Math.Clamp(next, _floor, _cap);
        if (next != _limit)
        {
            _limit = next;
            _countedFrom = _lastAnswer;
        }
    }

    private void Begin(TimeSpan now)
    {
        _begun = now;
        _answered = 0;
        _roundTrips = 0;
        _counted = 0;
        _late = 0;
        _wasHeldBack = false;
    }
}
