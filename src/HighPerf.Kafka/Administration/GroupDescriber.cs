using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Administration;

/// <summary>Makes descriptions of what coordinators answer. Stateless.</summary>
internal static class GroupDescriber
{
    private const string Consumers = "consumer";

    /// <summary>A classic group: what its members were told is theirs to read, and is read as far as they are consumers.</summary>
    public static GroupDescription Describe(DescribeGroupsResponse.DescribedGroup group, int coordinator) => new(
        group.GroupId,
        GroupType.Classic,
        GroupWords.State(group.GroupState),
        group.ProtocolType,
        group.ProtocolData,
        coordinator,
        [
            .. group.Members.OrderBy(static member => member.MemberId, StringComparer.Ordinal).Select(member => new GroupMemberDescription(
                member.MemberId,
                member.GroupInstanceId,
                member.ClientId,
                member.ClientHost,
                group.ProtocolType == Consumers ? ReadSubscription(member.MemberMetadata) : [],
                group.ProtocolType == Consumers ? ReadAssignment(member.MemberAssignment) : null)),
        ]);

    /// <summary>A consumer group (KIP-848).</summary>
    public static GroupDescription Describe(ConsumerGroupDescribeResponse.DescribedGroup group, int coordinator) => new(
        group.GroupId,
        GroupType.Consumer,
        GroupWords.State(group.GroupState),
        Consumers,
        group.AssignorName,
        coordinator,
        [
            .. group.Members.OrderBy(static member => member.MemberId, StringComparer.Ordinal).Select(static member => new GroupMemberDescription(
                member.MemberId,
                member.InstanceId,
                member.ClientId,
                member.ClientHost,
                member.SubscribedTopicNames,
                Sorted(member.Assignment))
            {
                TargetAssignment = Sorted(member.TargetAssignment),
                Epoch = member.MemberEpoch,
                Rack = member.RackId,
            }),
        ])
    {
        Epoch = group.GroupEpoch,
    };

    private static TopicPartition[] Sorted(ConsumerGroupDescribeResponse.Assignment assignment) =>
    [
        .. assignment.TopicPartitions.SelectMany(static topic => topic.Partitions.Select(partition => new TopicPartition(topic.TopicName, partition))).Order(),
    ];

    private static List<string> ReadSubscription(byte[] metadata)
    {
        try
        {
            return metadata.Length == 0 ? [] : GroupMetadata.ReadSubscription(metadata).Topics;
        }
        catch (KafkaProtocolException)
        {
            return []; // what a stranger wrote there is no reason not to show the rest
        }
    }

    private static TopicPartition[]? ReadAssignment(byte[] assignment)
    {
        try
        {
            return
            [
                .. GroupMetadata.ReadAssignment(assignment).AssignedPartitions
                    .SelectMany(static topic => topic.Partitions.Select(partition => new TopicPartition(topic.Topic, partition))).Order(),
            ];
        }
        catch (KafkaProtocolException)
        {
            return null;
        }
    }
}
