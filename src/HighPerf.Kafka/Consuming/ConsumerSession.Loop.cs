using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Consuming.Fetching;
using HighPerf.Kafka.Metadata;
using HighPerf.Kafka.Protocol.Messages.Hot;
using HighPerf.Kafka.Protocol.Records;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Consuming;

/// <summary>The loop's side: where partitions are fetched from, what answers mean, and when to try again. Everything here is owned by the loop.</summary>
internal sealed partial class ConsumerSession
{
    private readonly List<PartitionCursor> _cursors = []; // owner: the loop
    private readonly SortedDictionary<int, BrokerFetcher> _fetchers = []; // owner: the loop
    private readonly List<BrokerFetcher> _fetchPending = []; // owner: the loop
    private readonly LoopCall _fetchDue;
    private readonly WakeUpTimer _wakeUp;
    private readonly OffsetResolver _resolver; // owner: the loop
    private long _served; // owner: the loop; how many answers brought records
    private bool _loopClosed; // owner: the loop

    /// <summary>
    /// The most that the next fetch may bring. Without room it is a token: a broker then answers with the first batch it has (KIP-74).
    /// </summary>
    public int FetchRoom => (int)Math.Clamp(Options.PrefetchBytes - Interlocked.Read(ref _bufferedBytes), 1, Options.FetchMaxBytes);

    /// <summary>Whether a partition belongs into the next request.</summary>
    public bool MayFetch(PartitionCursor cursor)
    {
        if (cursor.Lane is not null || cursor.IsFailed || cursor.IsResolving || cursor.FetchOffset < 0 || cursor.IsPaused || cursor.IsClosed
            || cursor.Incarnation != cursor.FetchIncarnation || cursor.NotBefore > Loop.Now)
        {
            return false;
        }

        // Nobody waits for the room of others, which may be paused for ever: a partition of which nothing is held is always fetched, if need be one batch.
        if (cursor.BufferedBytes == 0)
        {
            return true;
        }

        // One slow partition leaves the fetch when it has used up its share; the others go on. Told before looking: a return in between posts for
        // nothing, never too little.
        long share = Math.Max(Options.PrefetchBytes / Math.Max(_cursors.Count, 1), 1);
        Interlocked.Exchange(ref _starved, 1);
        return cursor.BufferedBytes < share && Interlocked.Read(ref _bufferedBytes) < Options.PrefetchBytes;
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
        if (!_wakeUp.IsArmed && !_loopClosed)
        {
            Loop.Arm(_wakeUp, cursor.NotBefore);
        }
    }

    /// <summary>The position is known: fetching begins there.</summary>
    public void Resolved(PartitionCursor cursor, long place, long offset)
    {
        cursor.IsResolving = false;
        cursor.FetchOffset = offset;
        if (!cursor.TryStart(place, offset) && offset >= 0)
        {
            // A reset: the position moves when the reader has delivered what was fetched before it.
            FetchedPartition moved = _fetchedPool.Get();
            moved.FillPlace(cursor, cursor.FetchIncarnation, offset);
            _fetched.Enqueue(moved);
            _signal.Set();
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

    void IMetadataObserver.OnMetadataChanged(ClusterMetadata metadata)
    {
        foreach (PartitionCursor cursor in _cursors)
        {
            Place(cursor, metadata);
            FetchFor(cursor);
        }
    }

    /// <summary>Begins to fetch partitions, beside those there are. Each cursor once.</summary>
    public void AddPartitions(IReadOnlyList<PartitionCursor> cursors)
    {
        foreach (PartitionCursor cursor in cursors)
        {
            cursor.Index = _cursors.Count;
            _cursors.Add(cursor);
            Place(cursor, _cluster.Metadata.Current);
            FetchFor(cursor);
        }
    }

    /// <summary>Ends fetching partitions, which were closed before; the others do not notice. One that was never added is passed over.</summary>
    public void RemovePartitions(IReadOnlyList<PartitionCursor> cursors)
    {
        foreach (PartitionCursor cursor in cursors)
        {
            if (cursor.Index < 0)
            {
                continue;
            }

            // The last takes its place: nothing depends on the order.
            PartitionCursor last = _cursors[^1];
            _cursors[cursor.Index] = last;
            last.Index = cursor.Index;
            _cursors.RemoveAt(_cursors.Count - 1);
            cursor.Index = -1;
            cursor.Lane = null;
            if (_fetchers.TryGetValue(cursor.Leader, out BrokerFetcher? fetcher))
            {
                fetcher.Remove(cursor);
            }
        }
    }

    private void MoveTo(PartitionCursor cursor, int incarnation, long offset)
    {
        if (incarnation < cursor.FetchIncarnation)
        {
            return; // an older seek that was overtaken
        }

        cursor.FetchIncarnation = incarnation;
        cursor.FetchOffset = offset;
        cursor.IsFailed = false;
        cursor.IsResolving = false;
        cursor.Lane = null;
        cursor.NotBefore = TimeSpan.Zero;
        FetchFor(cursor);
    }

    // Asks for whatever the partition lacks: its leader, its offset, its records.
    private void FetchFor(PartitionCursor cursor)
    {
        if (cursor.IsClosed || cursor.IsFailed || _loopClosed)
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
        else
        {
            FetchSoon(_fetchers[cursor.Leader]);
        }
    }

    private void AskForLeader(PartitionCursor cursor)
    {
        if (!cursor.IsLookedUp)
        {
            cursor.IsLookedUp = true;
            _cluster.Metadata.Await(cursor.Topic, new TopicWaiter(this, cursor, _cluster.Runtime.Options.OperationTimeout));
        }
        else
        {
            _cluster.Metadata.RequestRefresh(cursor.Topic);
        }
    }

    // Brings the cursor to its leader's fetcher.
    private void Place(PartitionCursor cursor, ClusterMetadata metadata)
    {
        if (cursor.IsClosed || _loopClosed || !metadata.TryGetTopic(cursor.Topic, out TopicMetadata? topic) || topic.Error != ErrorCode.None)
        {
            return; // what was known stays, a topic is often only hidden for a moment
        }

        if (cursor.Partition >= topic.Partitions.Length)
        {
            return;
        }

        PartitionMetadata partition = topic.Partitions[cursor.Partition];
        bool isAnotherTopic = cursor.TopicId != topic.Id && cursor.TopicId != Guid.Empty && topic.Id != Guid.Empty;
        cursor.TopicId = topic.Id;
        cursor.LeaderEpoch = partition.LeaderEpoch;
        if (isAnotherTopic)
        {
            Recreated(cursor);
        }

        if (partition.Leader == cursor.Leader)
        {
            return;
        }

        if (_fetchers.TryGetValue(cursor.Leader, out BrokerFetcher? old))
        {
            old.Remove(cursor);
        }

        cursor.Leader = partition.Leader;
        cursor.Lane = null; // a leader that is gone may never answer
        if (cursor.Leader != PartitionMetadata.NoLeader)
        {
            FetcherOf(cursor.Leader).Add(cursor);
        }
    }

    // F11: offsets of the topic that had this name before mean nothing in the new one.
    private void Recreated(PartitionCursor cursor)
    {
        cursor.Lane = null;
        if (cursor.FetchOffset < 0 || cursor.IsFailed)
        {
            return;
        }

        if (Options.AutoOffsetReset == AutoOffsetReset.Error)
        {
            Fail(cursor, new KafkaException(
                $"Topic {cursor.Topic} was deleted and created again: offset {cursor.FetchOffset} of {cursor.TopicPartition} is not an offset of the new "
                + "topic. Seek, or set AutoOffsetReset."));
            return;
        }

        cursor.FetchOffset = ResetPlace;
    }

    private BrokerFetcher FetcherOf(int brokerId)
    {
        if (!_fetchers.TryGetValue(brokerId, out BrokerFetcher? fetcher))
        {
            fetcher = new BrokerFetcher(this, brokerId);
            _fetchers.Add(brokerId, fetcher);
        }

        return fetcher;
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
        foreach (BrokerFetcher fetcher in _fetchers.Values)
        {
            FetchSoon(fetcher);
        }
    }

    private void CloseFetchers()
    {
        _loopClosed = true;
        Loop.Disarm(_wakeUp);
        _resolver.Close();
        foreach (BrokerFetcher fetcher in _fetchers.Values)
        {
            fetcher.Close();
        }
    }

    private void OnWakeUp()
    {
        TimeSpan next = TimeSpan.MaxValue;
        TimeSpan now = Loop.Now;
        foreach (PartitionCursor cursor in _cursors)
        {
            if (cursor.NotBefore > now && cursor.NotBefore < next)
            {
                next = cursor.NotBefore;
            }
        }

        if (next < TimeSpan.MaxValue)
        {
            Loop.Arm(_wakeUp, next);
        }

        foreach (PartitionCursor cursor in _cursors)
        {
            if (cursor.Lane is null && !cursor.IsResolving)
            {
                FetchFor(cursor);
            }
        }
    }

    private sealed class WakeUpTimer(ConsumerSession session) : LoopTimer
    {
        protected internal override void OnDue() => session.OnWakeUp();
    }

    /// <summary>Waits for the first metadata of a topic, so that one that does not exist is an error the reader sees.</summary>
    private sealed class TopicWaiter(ConsumerSession session, PartitionCursor cursor, TimeSpan timeout) : Waiter<TopicMetadata>(timeout)
    {
        public override bool IsDetached => cursor.IsClosed;

        public override void OnResult(TopicMetadata result) => LoopCall.Post(session.Loop, () =>
        {
            if (cursor.Partition >= result.Partitions.Length)
            {
                cursor.IsLookedUp = false;
                // Should it be added later, a seek finds it.
                session._cluster.Metadata.RequestRefresh(cursor.Topic);
                session.Fail(cursor, new KafkaException(
                    $"{cursor.TopicPartition} does not exist: topic {cursor.Topic} has the partitions 0 to {result.Partitions.Length - 1}."));
                return;
            }

            session.Place(cursor, session._cluster.Metadata.Current);
            cursor.NotBefore = TimeSpan.Zero;
            session.FetchFor(cursor);
        });

        public override void OnFailed(KafkaException error) => LoopCall.Post(session.Loop, () =>
        {
            cursor.IsLookedUp = false;
            session.Fail(cursor, error);
        });
    }
}
