using HighPerf.Kafka.Producing;

namespace HighPerf.Kafka.Tests.Producing;

/// <summary>
/// A producer whose callers always have more to send than it admits, before a link of a rate and a round trip: batches wait in a queue, requests of a bounded
/// size take what waits while one of five slots is free, bytes take their time on the link, answers come a round trip later. Virtual time.
/// </summary>
internal sealed class SaturatedLink(QueueingBound bound, int batchBytes, int requestBytes)
{
    private const int Slots = 5;

    private readonly Queue<TimeSpan> _waiting = new();
    private readonly Queue<(TimeSpan AnsweredAt, TimeSpan SentAt, TimeSpan[] ReadyAt)> _inFlight = new();
    private TimeSpan _linkFreeAt;
    private long _unacknowledged;

    /// <summary>Bytes in a second.</summary>
    public double Rate { get; set; }

    public TimeSpan RoundTrip { get; set; }

    public TimeSpan Now { get; private set; }

    /// <summary>What the callers have to send from now on; null: as much as may be.</summary>
    public long? Offered { get; set; }

    /// <summary>Runs for a time and tells the rate of acknowledged bytes and the longest wait before a send, in the second half of it.</summary>
    public (double Rate, TimeSpan Wait) Run(TimeSpan time)
    {
        TimeSpan half = Now + (time / 2);
        TimeSpan end = Now + time;
        long answered = 0;
        TimeSpan longest = TimeSpan.Zero;
        Fill();
        while (_inFlight.TryPeek(out (TimeSpan AnsweredAt, TimeSpan SentAt, TimeSpan[] ReadyAt) request) && request.AnsweredAt <= end)
        {
            _inFlight.Dequeue();
            Now = request.AnsweredAt;
            foreach (TimeSpan readyAt in request.ReadyAt)
            {
                _unacknowledged -= batchBytes;
                bound.Acknowledged(batchBytes, readyAt, request.SentAt, heldBack: Offered is null, Now);
                if (Now > half)
                {
                    answered += batchBytes;
                    longest = TimeSpan.FromTicks(Math.Max(longest.Ticks, (request.SentAt - readyAt).Ticks));
                }
            }

            Fill();
        }

        Now = end;
        return (answered / (time / 2).TotalSeconds, longest);
    }

    /// <summary>Nothing moves for a time: requests in flight are answered behind it.</summary>
    public void Stall(TimeSpan time)
    {
        Fill();
        (TimeSpan AnsweredAt, TimeSpan SentAt, TimeSpan[] ReadyAt)[] requests = [.. _inFlight];
        _inFlight.Clear();
        foreach ((TimeSpan answeredAt, TimeSpan sentAt, TimeSpan[] readyAt) in requests)
        {
            _inFlight.Enqueue((answeredAt + time, sentAt, readyAt));
        }

        _linkFreeAt += time;
        Now += time;
    }

    private void Fill()
    {
        while (_unacknowledged + batchBytes <= bound.Limit && Offered is null or > 0)
        {
            Offered -= batchBytes;
            _unacknowledged += batchBytes;
            _waiting.Enqueue(Now);
        }

        while (_waiting.Count > 0 && _inFlight.Count < Slots)
        {
            TimeSpan[] taken = new TimeSpan[Math.Min(_waiting.Count, requestBytes / batchBytes)];
            for (int i = 0; i < taken.Length; i++)
            {
                taken[i] = _waiting.Dequeue();
            }

            TimeSpan begin = _linkFreeAt > Now ? _linkFreeAt : Now;
            _linkFreeAt = begin + TimeSpan.FromSeconds(taken.Length * batchBytes / Rate);
            _inFlight.Enqueue((_linkFreeAt + RoundTrip, Now, taken));
        }
    }
}
