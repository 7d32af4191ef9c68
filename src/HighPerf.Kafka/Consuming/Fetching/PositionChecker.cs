using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Metadata;
using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Consuming.Fetching;

/// <summary>
/// Asks leaders where the epoch of a position ends (OffsetForLeaderEpoch), and judges the answer. Questions that come up in one turn of the loop go out
/// together; an answer about a position that moved meanwhile is dropped. An error is never a verdict: it is asked again (F8). Owner: the session's loop;
/// the questions themselves travel on the client's control connections.
/// </summary>
internal sealed class PositionChecker
{
    private readonly ConsumerSession _session;
    private readonly ClusterClient _cluster;
    private readonly List<Question> _pending = []; // owner: the loop
    private readonly LoopCall _ask;
    private readonly CancellationTokenSource _closed = new();

    public PositionChecker(ConsumerSession session, ClusterClient cluster)
    {
        _session = session;
        _cluster = cluster;
        _ask = new LoopCall(Ask);
    }

    /// <summary>Begins to compare the cursor's position with its leader's log. The session is told.</summary>
    public void Check(PartitionCursor cursor)
    {
        cursor.IsChecking = true;
        _pending.Add(new Question(cursor, cursor.FetchIncarnation, cursor.FetchOffset, cursor.PositionEpoch, cursor.LeaderEpoch, cursor.Leader));
        if (_pending.Count == 1)
        {
            _session.Loop.Post(_ask);
        }
    }

    public void Close() => _closed.Cancel();

    private void Ask()
    {
        SortedDictionary<int, List<Question>> byLeader = [];
        foreach (Question question in _pending)
        {
            if (!question.IsCurrent)
            {
                continue;
            }

            if (!byLeader.TryGetValue(question.Leader, out List<Question>? questions))
            {
                byLeader[question.Leader] = questions = [];
            }

            questions.Add(question);
        }

        _pending.Clear();
        foreach ((int leader, List<Question> questions) in byLeader)
        {
            _ = AskAsync(leader, questions).ContinueWith(
                (task, _) => LoopCall.Post(_session.Loop, () => Tell(questions, task)),
                null, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    private Task<OffsetForLeaderEpochResponse> AskAsync(int leader, List<Question> questions)
    {
        OffsetForLeaderEpochRequest request = new() { ReplicaId = -1 };
        foreach (Question question in questions)
        {
            OffsetForLeaderEpochRequest.OffsetForLeaderTopic? topic = request.Topics.Find(t => t.Topic == question.Cursor.Topic);
            if (topic is null)
            {
                request.Topics.Add(topic = new OffsetForLeaderEpochRequest.OffsetForLeaderTopic { Topic = question.Cursor.Topic });
            }

            topic.Partitions.Add(new OffsetForLeaderEpochRequest.OffsetForLeaderPartition
            {
                Partition = question.Cursor.Partition, CurrentLeaderEpoch = question.LeaderEpoch, LeaderEpoch = question.Epoch,
            });
        }

        return _cluster.SendAsync<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse>(
            leader, request, static answer => answer.ThrottleTimeMs, _closed.Token, _session.Options.RequestTimeout);
    }

    private void Tell(List<Question> questions, Task<OffsetForLeaderEpochResponse> asked)
    {
        Dictionary<TopicPartition, OffsetForLeaderEpochResponse.EpochEndOffset> ends = [];
        if (asked.IsCompletedSuccessfully)
        {
            foreach (OffsetForLeaderEpochResponse.OffsetForLeaderTopicResult topic in asked.Result.Topics)
            {
                foreach (OffsetForLeaderEpochResponse.EpochEndOffset partition in topic.Partitions)
                {
                    ends[new TopicPartition(topic.Topic, partition.Partition)] = partition;
                }
            }
        }

        // Too old to be asked: it cannot have truncated by epochs either, and followers of it are compared by offsets alone.
        bool isUnknownThere = asked.Exception?.InnerException is KafkaBrokerException { Code: ErrorCode.UnsupportedVersion };
        foreach (Question question in questions)
        {
            if (!question.IsCurrent)
            {
                continue;
            }

            question.Cursor.IsChecking = false;
            if (isUnknownThere)
            {
                _session.Checked(question.Cursor, question.LeaderEpoch);
            }
            else if (ends.TryGetValue(question.Cursor.TopicPartition, out OffsetForLeaderEpochResponse.EpochEndOffset? end))
            {
                Tell(question, end);
            }
            else
            {
                Retry(question.Cursor);
            }
        }
    }

    private void Tell(Question question, OffsetForLeaderEpochResponse.EpochEndOffset end)
    {
        ErrorCode error = (ErrorCode)end.ErrorCode;
        if (error == ErrorCode.TopicAuthorizationFailed)
        {
            _session.CheckRefused(question.Cursor, new KafkaBrokerException(error, ApiKey.OffsetForLeaderEpoch, question.Cursor.TopicPartition));
        }
        else if (error != ErrorCode.None)
        {
            Retry(question.Cursor);
        }
        else if (end.LeaderEpoch < 0 || end.EndOffset < question.Offset)
        {
            // Undefined, or an end before the position: the log is another one. So the Java client has it.
            _session.Truncated(question.Cursor, end.LeaderEpoch, end.EndOffset);
        }
        else
        {
            _session.Checked(question.Cursor, question.LeaderEpoch);
        }
    }

    private void Retry(PartitionCursor cursor)
    {
        _cluster.Metadata.RequestRefresh(cursor.Topic);
        _session.Delay(cursor);
    }

    /// <summary>A question, as it was when it came up.</summary>
    private readonly record struct Question(PartitionCursor Cursor, int Incarnation, long Offset, int Epoch, int LeaderEpoch, int Leader)
    {
        public bool IsCurrent => Cursor.FetchIncarnation == Incarnation && Cursor.FetchOffset == Offset && Cursor.PositionEpoch == Epoch
            && Cursor.LeaderEpoch == LeaderEpoch && !Cursor.IsClosed;
    }
}
