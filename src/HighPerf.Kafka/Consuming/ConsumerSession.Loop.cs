using HighPerf.Kafka.Connections;
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
    private bool _loopClosed; // owner: the loop

    /// <summary>Whether a partition belongs into the next request.</summary>
    public bool MayFetch(PartitionCursor cursor)
    {
        if (cursor.IsInFetch || cursor.IsFailed || cursor.IsResolving || cursor.FetchOffset < 0 || cursor.IsPaused || cursor.IsClosed
            || cursor.Incarnation != cursor.FetchIncarnation || cursor.NotBefore > Loop.Now)
        {
            return false;
        }

        // One slow partition leaves the fetch when it has used up its share; the others go on. Told before looking: a return in between posts for
        // nothing, never too little.
        long share = Math.Max(Options.PrefetchBytes / Math.Max(_cursors.Count, 1), 1);
        if (cursor.BufferedBytes == 0 && Interlocked.Read(ref _bufferedBytes) < Options.PrefetchBytes)
        {
            return true;
        }

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
        cursor.NotBefore = Loop.Now + Options.RetryBackoff;
        if (!_wakeUp.IsArmed)
        {
            Loop.Arm(_wakeUp, cursor.NotBefore);
        }
    }

    /// <summary>The position is known: fetching begins there.</summary>
    public void Resolved(PartitionCursor cursor, int incarnation, long offset)
    {
        cursor.IsResolving = false;
        if (cursor.FetchIncarnation == incarnation && !cursor.IsClosed)
        {
            cursor.FetchOffset = offset;
            if (cursor.Incarnation == incarnation)
            {
                cursor.Position = offset;
            }
        }

        FetchFor(cursor);
    }

    /// <summary>The partition cannot go on: the reader is told, and it rests until it is sought.</summary>
    public void Fail(PartitionCursor cursor, Exception error)
    {
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

    private void Reassign(PartitionCursor[] before, PartitionCursor[] now)
    {
        foreach (PartitionCursor cursor in before)
        {
            _cursors.Remove(cursor);
            if (_fetchers.TryGetValue(cursor.Leader, out BrokerFetcher? fetcher))
            {
                fetcher.Remove(cursor);
            }
        }

        foreach (PartitionCursor cursor in now)
        {
            _cursors.Add(cursor);
            Place(cursor, _cluster.Metadata.Current);
            FetchFor(cursor);
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
        cursor.IsFresh = true;
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
            Delay(cursor);
            AskForLeader(cursor);
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
        TopicWaiter waiter = new(this, cursor, _cluster.Runtime.Options.OperationTimeout);
        if (!cursor.IsLookedUp)
        {
            cursor.IsLookedUp = true;
            _cluster.Metadata.Await(cursor.Topic, waiter);
        }
        else
        {
            _cluster.Metadata.RequestRefresh(cursor.Topic);
        }
    }

    // Brings the cursor to its leader's fetcher.
    private void Place(PartitionCursor cursor, ClusterMetadata metadata)
    {
        if (!metadata.TryGetTopic(cursor.Topic, out TopicMetadata? topic) || topic.Error != ErrorCode.None)
        {
            return; // what was known stays, a topic is often only hidden for a moment
        }

        if (cursor.Partition >= topic.Partitions.Length)
        {
            return;
        }

        PartitionMetadata partition = topic.Partitions[cursor.Partition];
        cursor.TopicId = topic.Id;
        cursor.LeaderEpoch = partition.LeaderEpoch;
        if (partition.Leader == cursor.Leader)
        {
            return;
        }

        if (_fetchers.TryGetValue(cursor.Leader, out BrokerFetcher? old))
        {
            old.Remove(cursor);
        }

        cursor.Leader = partition.Leader;
        if (cursor.Leader != PartitionMetadata.NoLeader)
        {
            FetcherOf(cursor.Leader).Add(cursor);
        }
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
            if (!cursor.IsInFetch && !cursor.IsResolving)
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
                session.Fail(cursor, new KafkaException(
                    $"{cursor.TopicPartition} does not exist: topic {cursor.Topic} has the partitions 0 to {result.Partitions.Length - 1}."));
                return;
            }

            session.Place(cursor, session._cluster.Metadata.Current);
            cursor.NotBefore = TimeSpan.Zero;
            session.FetchFor(cursor);
        });

        public override void OnFailed(KafkaException error) => LoopCall.Post(session.Loop, () => session.Fail(cursor, error));
    }
}
