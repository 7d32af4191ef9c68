namespace HighPerf.Kafka.Testing.ConsumerGroups;

/// <summary>A partition of one incarnation of a topic.</summary>
internal readonly record struct TopicIdPartition(Guid Topic, int Partition) : IComparable<TopicIdPartition>
{
    public int CompareTo(TopicIdPartition other)
    {
        int byTopic = Topic.CompareTo(other.Topic);
        return byTopic != 0 ? byTopic : Partition.CompareTo(other.Partition);
    }
}
