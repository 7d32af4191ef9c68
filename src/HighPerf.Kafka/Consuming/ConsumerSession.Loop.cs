using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Consuming.Fetching;
using HighPerf.Kafka.Metadata;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Consuming;

/// <summary>The loop's side: where partitions are fetched from, what answers mean, and when to try again. Everything here is owned by the loop.</summary>
internal sealed partial class ConsumerSession
{
    private const short FirstWithSessions = 7;

    private readonly SortedDictionary<int, BrokerFetcher> _fetchers = []; // owner: the loop
    private readonly List<BrokerFetcher> _fetchPending = []; // owner: the loop
    private readonly LoopCall _fetchDue;
    private readonly WakeUpTimer _wakeUp;
    private readonly OffsetResolver _resolver; // owner: the loop
    private List<PartitionCursor> _delayed = []; // owner: the loop; those that wait for a time
    private List<PartitionCursor> _due = []; // owner: the loop; the other of the two lists, empty between turns
    private List<PartitionCursor> _starvedCursors = []; // owner: the loop; those that were left out for want of room
    private List<PartitionCursor> _fed = []; // owner: the loop; the other of the two lists, empty between turns
    private long _served; // owner: the loop; how many answers brought records
    private bool _loopClosed; // owner: the loop

    /// <summary>
    /// The most that the next fetch may bring: a part of the bound only, since an answer is held whole while a part of it is. Without room it is a token: a
    /// broker then answers with the first batch it has (KIP-74).
    /// </summary>
    public int FetchRoom => (int)Math.Clamp(Math.Min(Options.PrefetchBytes - BufferedBytes, Options.PrefetchBytes / 8), 1, Options.FetchMaxBytes);

    /// <summary>Where this client is, as its brokers know racks (KIP-392); empty when it was not said.</summary>
    public byte[] Rack { get; }

    /// <summary>Whether a partition belongs into the next request.</summary>
    public bool MayFetch(PartitionCursor cursor)
    {
        if (cursor.IsFailed || cursor.IsResolving || cursor.IsOnHold || cursor.FetchOffset < 0 || cursor.IsPaused || cursor.IsClosed
            || cursor.Incarnation != cursor.FetchIncarnation || cursor.NotBefore > Loop.Now)
        {
            return false;
        }

        // Nobody waits for the room of others, which may be paused for ever: a partition of which nothing is held is always fetched, if need be one batch.
        if (cursor.BufferedBytes == 0)
        {
            return true;
        }

        // A partition may hold as much as it leaves free: one alone half of all, ten an eleventh each, and there is always room for one more. One that
        // is slow leaves the fetch, and the others go on. Told before looking: a return in between posts for nothing, never too little.
        Interlocked.Exchange(ref _starved, 1);
        if (cursor.BufferedBytes < Options.PrefetchBytes - BufferedBytes)
        {
            return true;
        }

        if (!cursor.IsStarved)
        {
            cursor.IsStarved = true;
            _starvedCursors.Add(cursor);
        }

        return false;
    }

    /// <summary>Lets a fetcher send, in a turn of its own: a connection is not entered again from within its own event.</summary>
    public void FetchSoon(BrokerFetcher fetcher)
    {
        if (fetcher.IsFetchPending || _loopClosed)
        {
            return;
        }

        fetcher.IsFetchPending = true;
        _fetchPending.Add(fetcher);
        if (_fetchPending.Count == 1)
        {
            Loop.Post(_fetchDue);
        }
    }

    /// <summary>Nothing of the partition is asked for a moment.</summary>
    public void Delay(PartitionCursor cursor)
    {
        if (_cluster.Pool.IsClosed)
        {
            Fail(cursor, new KafkaConnectionException($"{cursor.TopicPartition} cannot be read: the client was closed. Close the consumer before it."));
            return;
        }

        cursor.NotBefore = Loop.Now + Options.RetryBackoff;
        if (!cursor.IsDelayed)
        {
            cursor.IsDelayed = true;
            _delayed.Add(cursor);
        }

        if (!_wakeUp.IsArmed && !_loopClosed)
        {
            Loop.Arm(_wakeUp, cursor.NotBefore);
        }
    }

    /// <summary>The position is known: fetching begins there.</summary>
    /// <param name="epoch">The leader epoch of the record before, as it was committed with the offset; -1 when it is not known.</param>
    public void Resolved(PartitionCursor cursor, long place, long offset, int epoch = -1)
    {
        cursor.IsResolving = false;
        cursor.FetchOffset = offset;
        cursor.PositionEpoch = epoch;
        if (!cursor.TryStart(place, offset) && offset >= 0)
        {
            TellPlace(cursor, offset); // a reset
        }

        FetchFor(cursor);
    }

    /// <summary>The partition cannot go on: the reader is told once, and it rests until it is sought.</summary>
    public void Fail(PartitionCursor cursor, Exception error)
    {
        if (cursor.IsFailed)
        {
            return;
        }

        cursor.IsFailed = true;
        FetchedPartition told = _fetchedPool.Get();
        told.FillError(cursor, cursor.FetchIncarnation, error);
        _fetched.Enqueue(told);
        _signal.Set();
    }

    private void MoveTo(PartitionCursor cursor, int incarnation, long offset)
    {
        if (incarnation < cursor.FetchIncarnation)
        {
            return; // an older seek that was overtaken
        }

        Leave(cursor);
        cursor.FetchIncarnation = incarnation;
        cursor.FetchOffset = offset;
        cursor.PositionEpoch = -1;
        cursor.IsCheckWanted = false;
        cursor.IsFailed = false;
        cursor.IsResolving = false;
        cursor.IsChecking = false;
        cursor.NotBefore = TimeSpan.Zero;
        EndHold(cursor);
        if (cursor.Index >= 0)
        {
            FetchFor(cursor); // one that is not added yet, because its owner's listener seeks it first, is fetched when it is
        }
    }

    // Asks for whatever the partition lacks: its leader, its offset, its records.
    private void FetchFor(PartitionCursor cursor)
    {
        if (cursor.IsClosed || cursor.IsFailed || cursor.Lane is not null || cursor.IsResolving || cursor.IsChecking || _loopClosed)
        {
            return;
        }

        if (cursor.NotBefore > Loop.Now)
        {
            return; // the timer comes back here
        }

        if (cursor.Leader == PartitionMetadata.NoLeader)
        {
            AskForLeader(cursor);
            Delay(cursor);
        }
        else if (cursor.FetchOffset < 0)
        {
            _resolver.Resolve(cursor);
        }
        else if (cursor.NeedsCheck)
        {
            BeginCheck(cursor);
        }
        else
        {
            FetcherOf(cursor.FetchBroker).Offer(cursor);
        }
    }

    // It is not fetched any more; an answer that is under way is dropped (F6).
    private static void Leave(PartitionCursor cursor) => cursor.Lane?.Leave(cursor);

    private BrokerFetcher FetcherOf(int brokerId)
    {
        if (!_fetchers.TryGetValue(brokerId, out BrokerFetcher? fetcher))
        {
            fetcher = new BrokerFetcher(this, brokerId);
            _fetchers.Add(brokerId, fetcher);
        }

        return fetcher;
    }

    /// <summary>The broker may forget a fetch session (KIP-227). A courtesy: nobody waits for the answer.</summary>
    public void EndFetchSession(int broker, int sessionId)
    {
        FetchRequest farewell = new() { ReplicaId = -1, SessionId = sessionId, SessionEpoch = -1, MaxBytes = Options.FetchMaxBytes };
        _ = _cluster.SendAsync<FetchRequest, FetchResponse>(
            broker, farewell, static answer => answer.ThrottleTimeMs, CancellationToken.None, Options.RequestTimeout, lowest: FirstWithSessions).ContinueWith(
            static task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    private void FetchPending()
    {
        for (int i = 0; i < _fetchPending.Count; i++)
        {
            _fetchPending[i].IsFetchPending = false;
            if (!_loopClosed)
            {
                _fetchPending[i].Fetch();
            }
        }

        _fetchPending.Clear();
    }

    private void MakeRoom()
    {
        (_starvedCursors, _fed) = (_fed, _starvedCursors);
        foreach (PartitionCursor cursor in _fed)
        {
            cursor.IsStarved = false;
            FetchFor(cursor);
        }

        _fed.Clear();
    }

    private void CloseFetchers()
    {
        _loopClosed = true;
        Loop.Disarm(_wakeUp);
        _resolver.Close();
        _checker.Close();
        foreach (BrokerFetcher fetcher in _fetchers.Values)
        {
            fetcher.Close();
        }
    }

    private void OnWakeUp()
    {
        TimeSpan now = Loop.Now;
        TimeSpan next = TimeSpan.MaxValue;
        (_delayed, _due) = (_due, _delayed);
        foreach (PartitionCursor cursor in _due)
        {
            cursor.IsDelayed = false;
            if (cursor.NotBefore <= now)
            {
                FetchFor(cursor);
            }
            else
            {
                cursor.IsDelayed = true;
                _delayed.Add(cursor);
            }
        }

        _due.Clear();
        foreach (PartitionCursor cursor in _delayed)
        {
            next = cursor.NotBefore < next ? cursor.NotBefore : next;
        }

        if (next < TimeSpan.MaxValue)
        {
            Loop.Arm(_wakeUp, next);
        }
    }

    private sealed class WakeUpTimer(ConsumerSession session) : LoopTimer
    {
        protected internal override void OnDue() => session.OnWakeUp();
    }
}
