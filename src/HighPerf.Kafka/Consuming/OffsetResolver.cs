using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Metadata;

namespace HighPerf.Kafka.Consuming;

/// <summary>
/// Turns places (beginning, end, what the group stored) into offsets: ListOffsets at the partitions' leaders, OffsetFetch at the group's coordinator.
/// Questions that come up in one turn
/// of the loop go out together. Owner: the session's loop; the questions themselves travel on the client's control connections.
/// </summary>
internal sealed class OffsetResolver
{
    private readonly ConsumerSession _session;
    private readonly ClusterClient _cluster;
    private readonly List<Wanted> _pending = []; // owner: the loop
    private readonly LoopCall _ask;
    private readonly CancellationTokenSource _closed = new();

    public OffsetResolver(ConsumerSession session, ClusterClient cluster)
    {
        _session = session;
        _cluster = cluster;
        _ask = new LoopCall(Ask);
    }

    /// <summary>Begins to find the cursor's offset. The session is told.</summary>
    public void Resolve(PartitionCursor cursor)
    {
        if (cursor.IsResolving)
        {
            return;
        }

        if (cursor.FetchOffset == TopicPartitionOffset.Stored && _session.Options.GroupId is null)
        {
            _session.Fail(cursor, new InvalidOperationException(
                $"{cursor.TopicPartition} is to start at the group's stored offset, but the consumer has no GroupId."));
            return;
        }

        cursor.IsResolving = true;
        _pending.Add(new Wanted(cursor, cursor.FetchIncarnation, cursor.FetchOffset));
        if (_pending.Count == 1)
        {
            _session.Loop.Post(_ask);
        }
    }

    public void Close() => _closed.Cancel();

    private void Ask()
    {
        SortedDictionary<int, List<Wanted>> byLeader = [];
        List<Wanted> stored = [];
        foreach (Wanted wanted in _pending)
        {
            PartitionCursor cursor = wanted.Cursor;
            if (!wanted.IsCurrent)
            {
                continue; // sought meanwhile; that seek asks for itself
            }

            if (wanted.Place == TopicPartitionOffset.Stored)
            {
                stored.Add(wanted);
            }
            else if (cursor.Leader == PartitionMetadata.NoLeader)
            {
                Retry(cursor);
            }
            else if (byLeader.TryGetValue(cursor.Leader, out List<Wanted>? list))
            {
                list.Add(wanted);
            }
            else
            {
                byLeader[cursor.Leader] = [wanted];
            }
        }

        _pending.Clear();
        foreach ((int leader, List<Wanted> wanted) in byLeader)
        {
            Answer(wanted, ListOffsetsAsync(leader, wanted));
        }

        if (stored.Count > 0)
        {
            Answer(stored, FetchStoredAsync(stored));
        }
    }

    private void Answer(List<Wanted> wanted, Task<Dictionary<TopicPartition, Found>> asked) => _ = asked.ContinueWith(
        (task, _) => LoopCall.Post(_session.Loop, () => Tell(wanted, task)),
        null, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    private void Tell(List<Wanted> wanted, Task<Dictionary<TopicPartition, Found>> asked)
    {
        foreach (Wanted one in wanted)
        {
            PartitionCursor cursor = one.Cursor;
            if (!one.IsCurrent)
            {
                continue;
            }

            if (asked.IsCompletedSuccessfully && asked.Result.TryGetValue(cursor.TopicPartition, out Found found))
            {
                Tell(one, found);
            }
            else if (asked.Exception?.InnerException is KafkaBrokerException { IsRetriable: false } refused)
            {
                cursor.IsResolving = false;
                _session.Fail(cursor, refused);
            }
            else
            {
                // Not answered, or not mentioned (G6): an error of that partition, and worth another try.
                Retry(cursor);
            }
        }
    }

    private void Tell(Wanted one, Found found)
    {
        PartitionCursor cursor = one.Cursor;
        if (found.Error == ErrorCode.None && found.Offset >= 0)
        {
            _session.Resolved(cursor, one.Place, found.Offset, found.LeaderEpoch);
        }
        else if (found.Error == ErrorCode.None && one.Place == TopicPartitionOffset.Stored)
        {
            NothingStored(one);
        }
        else if (found.Error.IsRetriable() || found.Error == ErrorCode.None)
        {
            Retry(cursor);
        }
        else
        {
            cursor.IsResolving = false;
            ApiKey api = one.Place == TopicPartitionOffset.Stored ? ApiKey.OffsetFetch : ApiKey.ListOffsets;
            _session.Fail(cursor, new KafkaBrokerException(found.Error, api, cursor.TopicPartition));
        }
    }

    private void NothingStored(Wanted one)
    {
        if (_session.Options.AutoOffsetReset == AutoOffsetReset.Error)
        {
            one.Cursor.IsResolving = false;
            _session.Fail(one.Cursor, new KafkaException(
                $"Group {_session.Options.GroupId} has no stored offset for {one.Cursor.TopicPartition}, and AutoOffsetReset is Error. "
                + "Seek, or choose Earliest or Latest."));
            return;
        }

        _session.Resolved(
            one.Cursor, one.Place,
            _session.Options.AutoOffsetReset == AutoOffsetReset.Earliest ? TopicPartitionOffset.Beginning : TopicPartitionOffset.End);
    }

    private void Retry(PartitionCursor cursor)
    {
        cursor.IsResolving = false;
        _cluster.Metadata.RequestRefresh(cursor.Topic);
        _session.Delay(cursor);
    }

    private Task<Dictionary<TopicPartition, Found>> ListOffsetsAsync(int leader, List<Wanted> wanted) => ListedOffsets.AskAsync(
        _cluster, leader, _session.Options.IsolationLevel,
        wanted.ConvertAll(static one => new ListedOffsets.Question(one.Cursor.TopicPartition, one.Cursor.LeaderEpoch, one.Place)), _closed.Token);

    // Over a control connection: on the group's own it would wait behind a JoinGroup that the coordinator parks.
    private async Task<Dictionary<TopicPartition, Found>> FetchStoredAsync(List<Wanted> wanted)
    {
        List<TopicPartition> partitions = wanted.ConvertAll(static one => one.Cursor.TopicPartition);
        string group = _session.Options.GroupId!;
        TimeSpan timeout = _cluster.Runtime.Options.OperationTimeout;
        BrokerEndpoint coordinator = await _cluster.Coordinators.FindAsync(CoordinatorType.Group, group, timeout, _closed.Token).ConfigureAwait(false);
        Dictionary<TopicPartition, Found> found =
            await StoredOffsets.FetchAsync(_cluster, coordinator.Id, group, partitions, _closed.Token).ConfigureAwait(false);
        if (found.Values.Any(static f => f.Error is ErrorCode.NotCoordinator or ErrorCode.CoordinatorNotAvailable))
        {
            _cluster.Coordinators.Invalidate(CoordinatorType.Group, group, coordinator.Id);
        }

        return found;
    }

    /// <summary>A question, as it was when it came up.</summary>
    private readonly record struct Wanted(PartitionCursor Cursor, int Incarnation, long Place)
    {
        public bool IsCurrent => Cursor.FetchIncarnation == Incarnation && Cursor.FetchOffset == Place && !Cursor.IsClosed;
    }
}
