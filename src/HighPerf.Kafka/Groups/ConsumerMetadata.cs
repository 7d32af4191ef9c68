using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Groups;

/// <summary>What members of a consumer group tell each other, between bytes and what assignors work with. Stateless.</summary>
internal static class ConsumerMetadata
{
    /// <summary>The version that is written: the newest one. Older members read of it what they know.</summary>
    private const short WrittenVersion = 3;

    /// <param name="generation">That in which <paramref name="owned"/> was assigned; -1 for none.</param>
    public static byte[] WriteSubscription(
        IReadOnlyList<string> topics, byte[]? userData, IReadOnlyList<TopicPartition> owned, int generation, string? rack)
    {
        ConsumerProtocolSubscription message = new() { Topics = [.. topics], UserData = userData, GenerationId = generation, RackId = rack };
        foreach (IGrouping<string, TopicPartition> topic in ByTopic(owned))
        {
            message.OwnedPartitions.Add(new ConsumerProtocolSubscription.TopicPartition
            {
                Topic = topic.Key, Partitions = [.. topic.Select(static partition => partition.Partition)],
            });
        }

        return GroupMetadata.Write(message, WrittenVersion);
    }

    public static byte[] WriteAssignment(IReadOnlyList<TopicPartition> partitions)
    {
        ConsumerProtocolAssignment message = new();
        foreach (IGrouping<string, TopicPartition> topic in ByTopic(partitions))
        {
            message.AssignedPartitions.Add(new ConsumerProtocolAssignment.TopicPartition
            {
                Topic = topic.Key, Partitions = [.. topic.Select(static partition => partition.Partition)],
            });
        }

        return GroupMetadata.Write(message, WrittenVersion);
    }

    /// <summary>A member as its leader sees it.</summary>
    /// <exception cref="KafkaProtocolException">The bytes are not a subscription.</exception>
    public static GroupMember ReadMember(string memberId, string? instanceId, ReadOnlySpan<byte> metadata)
    {
        ConsumerProtocolSubscription message = GroupMetadata.ReadSubscription(metadata);
        List<TopicPartition> owned = [];
        foreach (ConsumerProtocolSubscription.TopicPartition topic in message.OwnedPartitions)
        {
            foreach (int partition in topic.Partitions)
            {
                owned.Add(new TopicPartition(topic.Topic, partition));
            }
        }

        return new GroupMember(memberId, message.Topics)
        {
            GroupInstanceId = instanceId, OwnedPartitions = owned, Generation = message.GenerationId, RackId = message.RackId, UserData = message.UserData,
        };
    }

    /// <summary>Sorted.</summary>
    /// <exception cref="KafkaProtocolException">The bytes are not an assignment.</exception>
    public static List<TopicPartition> ReadAssignment(ReadOnlySpan<byte> assignment)
    {
        List<TopicPartition> partitions = [];
        foreach (ConsumerProtocolAssignment.TopicPartition topic in GroupMetadata.ReadAssignment(assignment).AssignedPartitions)
        {
            foreach (int partition in topic.Partitions)
            {
                partitions.Add(new TopicPartition(topic.Topic, partition));
            }
        }

        partitions.Sort();
        return partitions;
    }

    private static IEnumerable<IGrouping<string, TopicPartition>> ByTopic(IReadOnlyList<TopicPartition> partitions) =>
        partitions.Order().GroupBy(static partition => partition.Topic, StringComparer.Ordinal);
}
