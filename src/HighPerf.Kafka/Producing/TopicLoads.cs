using HighPerf.Kafka.Metadata;

namespace HighPerf.Kafka.Producing;

/// <summary>The loads of a topic's partitions as they are at this moment. What other threads change meanwhile costs a little evenness only.</summary>
internal readonly struct TopicLoads : IPartitionLoads
{
    private readonly ProducerTopic _topic;
    private readonly TopicMetadata _metadata;
    private readonly BrokerAvailability _brokers;
    private readonly bool _isAdaptive;
    private readonly TimeSpan _now;

    public TopicLoads(ProducerTopic topic, BrokerAvailability brokers, bool isAdaptive, TimeSpan now)
    {
        _topic = topic;
        _brokers = brokers;
        _isAdaptive = isAdaptive;
        _now = now;
        _metadata = topic.Metadata!; // a topic without metadata has no partitions to choose from
    }

    public int Count => _metadata.Partitions.Length;

    public int LoadOf(int partition)
    {
        int leader = _metadata.LeaderOf(partition);
        if (leader == PartitionMetadata.NoLeader || !_brokers.IsAvailable(leader, _now))
        {
            return -1;
        }

        return _isAdaptive && partition < _topic.PartitionCount ? _topic[partition].Load : 0;
    }
}
