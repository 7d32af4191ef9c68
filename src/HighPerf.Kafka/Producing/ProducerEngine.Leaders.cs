using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Metadata;

namespace HighPerf.Kafka.Producing;

/// <summary>Who leads the partitions: what metadata says, and what brokers say that do not lead them any more. Everything here is owned by the loop.</summary>
internal sealed partial class ProducerEngine
{
    private readonly List<PartitionQueue> _leaderless = []; // owner: the loop
    private readonly List<(PartitionQueue Queue, int Leader)> _hinted = []; // owner: the loop

    /// <summary>
    /// KIP-951: a broker that does not lead partitions any more says who does. That goes into the view of the cluster, which all share; when it is there, what
    /// was refused goes to the new leader at once, without a pause and without a question.
    /// </summary>
    public void LeadersTold(IReadOnlyList<LeaderHint> hints, IReadOnlyList<BrokerEndpoint> brokers)
    {
        foreach (LeaderHint hint in hints)
        {
            if (_topics.TryGetValue(hint.Topic, out ProducerTopic? topic) && hint.Partition < topic.PartitionCount)
            {
                _hinted.Add((topic[hint.Partition], hint.Leader));
            }
        }

        _metadata.Learn(hints, brokers);
    }

    void IMetadataObserver.OnMetadataChanged(ClusterMetadata metadata)
    {
        lock (_topicLock)
        {
            foreach (ProducerTopic topic in _topicList)
            {
                // A topic that is missing, or in error, is most often there again a moment later: what was known of it stays (P8).
                if (metadata.TryGetTopic(topic.Name, out TopicMetadata? found) && found.Error == ErrorCode.None
                    && found.Partitions.Length >= topic.PartitionCount)
                {
                    topic.Update(found);
                }
            }
        }

        List<PartitionQueue> queues = [.. _leaderless];
        _leaderless.Clear();
        foreach (PartitionQueue queue in queues)
        {
            queue.IsLeaderless = false;
        }

        foreach (BrokerSender sender in _senders.Values)
        {
            sender.Delist(queues);
        }

        foreach ((PartitionQueue queue, int leader) in _hinted)
        {
            if (queue.Backoff.IsArmed && queue.Topic.Metadata!.LeaderOf(queue.Partition) == leader)
            {
                Loop.Disarm(queue.Backoff);
                queues.Add(queue);
            }
        }

        _hinted.Clear();
        foreach (PartitionQueue queue in queues)
        {
            Route(queue);
        }
    }

    private void WaitForLeader(PartitionQueue queue)
    {
        if (!queue.IsLeaderless)
        {
            queue.IsLeaderless = true;
            _leaderless.Add(queue);
        }

        _metadata.RequestRefresh(queue.Topic.Name);
    }
}
