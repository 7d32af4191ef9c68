using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Metadata;

namespace HighPerf.Kafka.Consuming;

/// <summary>Which partitions are fetched, and from which brokers. On the loop.</summary>
internal sealed partial class ConsumerSession
{
    private readonly SortedDictionary<string, AssignedTopic> _topics = new(StringComparer.Ordinal); // owner: the loop

    /// <summary>Begins to fetch partitions, beside those there are. Each cursor once.</summary>
    public void AddPartitions(IReadOnlyList<PartitionCursor> cursors)
    {
        ClusterMetadata metadata = _cluster.Metadata.Current;
        foreach (PartitionCursor cursor in cursors)
        {
            if (!_topics.TryGetValue(cursor.Topic, out AssignedTopic? topic))
            {
                topic = new AssignedTopic();
                _topics.Add(cursor.Topic, topic);
                metadata.TryGetTopic(cursor.Topic, out TopicMetadata? told);
                topic.Told = told;
            }

            topic.Add(cursor);
            if (topic.Told is not null)
            {
                Place(cursor, topic.Told);
            }

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

            AssignedTopic topic = _topics[cursor.Topic];
            topic.Remove(cursor);
            if (topic.Cursors.Count == 0)
            {
                _topics.Remove(cursor.Topic);
            }

            Leave(cursor);
            EndHold(cursor);
        }
    }

    void IMetadataObserver.OnMetadataChanged(ClusterMetadata metadata)
    {
        Group?.OnMetadataChanged(metadata);
        foreach ((string name, AssignedTopic topic) in _topics)
        {
            if (!metadata.TryGetTopic(name, out TopicMetadata? told) || ReferenceEquals(told, topic.Told))
            {
                continue;
            }

            topic.Told = told;
            foreach (PartitionCursor cursor in topic.Cursors)
            {
                Place(cursor, told);
                FetchFor(cursor);
            }
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

    // Brings the cursor to its leader.
    private void Place(PartitionCursor cursor, TopicMetadata topic)
    {
        if (cursor.IsClosed || _loopClosed || topic.Error != ErrorCode.None || cursor.Partition >= topic.Partitions.Length)
        {
            return; // what was known stays, a topic is often only hidden for a moment
        }

        PartitionMetadata partition = topic.Partitions[cursor.Partition];
        bool isAnotherTopic = cursor.TopicId != topic.Id && cursor.TopicId != Guid.Empty && topic.Id != Guid.Empty;
        if (cursor.TopicId == topic.Id && cursor.Leader == partition.Leader && cursor.LeaderEpoch == partition.LeaderEpoch)
        {
            return;
        }

        // A leader that is gone may never answer; and a new epoch, or id, is asked with from now on.
        Leave(cursor);
        cursor.TopicId = topic.Id;
        cursor.LeaderEpoch = partition.LeaderEpoch;
        if (cursor.Leader != partition.Leader)
        {
            cursor.Leader = partition.Leader;
            cursor.Replica = PartitionMetadata.NoLeader;
        }

        cursor.NotBefore = TimeSpan.Zero;
        cursor.IsChecking = false; // asked of the former leader, or epoch: asked again
        if (isAnotherTopic)
        {
            Recreated(cursor);
        }
        else if (cursor.NeedsCheck)
        {
            Hold(cursor);
        }
    }

    // F11: offsets of the topic that had this name before mean nothing in the new one.
    private void Recreated(PartitionCursor cursor)
    {
        cursor.PositionEpoch = -1;
        cursor.CheckedEpoch = -1;
        cursor.IsCheckWanted = false;
        Group?.LogChanged(cursor);
        EndHold(cursor);
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

            session.Place(cursor, result);
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
