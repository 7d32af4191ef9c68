using System.Collections.Immutable;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;

namespace HighPerf.Kafka.Testing.ConsumerGroups;

/// <content>What administrators see.</content>
internal sealed partial class ConsumerGroup
{
    /// <summary>Which protocol a member speaks: this one. (0 is a classic member of such a group.)</summary>
    private const sbyte ConsumerMemberType = 1;

    public ConsumerGroupDescribeResponse.DescribedGroup Describe() => new()
    {
        GroupId = Id,
        GroupState = State,
        GroupEpoch = _groupEpoch,
        AssignmentEpoch = _assignmentEpoch,
        AssignorName = Assignor,
        Members = _members.ConvertAll(Describe),
    };

    private ConsumerGroupDescribeResponse.Member Describe(ConsumerMember member) => new()
    {
        MemberId = member.Id,
        InstanceId = member.InstanceId,
        RackId = member.RackId,
        MemberEpoch = member.Current.Epoch,
        ClientId = member.ClientId,
        ClientHost = member.ClientHost,
        SubscribedTopicNames = [.. member.TopicNames],
        SubscribedTopicRegex = member.Expression,
        Assignment = Describe(member.Current.Assigned),
        TargetAssignment = Describe(member.Target),
        MemberType = ConsumerMemberType,
    };

    /// <summary>Partitions of topics that were deleted have no name and are left out.</summary>
    private ConsumerGroupDescribeResponse.Assignment Describe(ImmutableSortedSet<TopicIdPartition> partitions)
    {
        ConsumerGroupDescribeResponse.Assignment assignment = new();
        foreach (IGrouping<Guid, TopicIdPartition> group in partitions.GroupBy(partition => partition.Topic))
        {
            if (_cluster.Topics.Find(group.Key) is { } topic)
            {
                assignment.TopicPartitions.Add(new ConsumerGroupDescribeResponse.TopicPartitions
                {
                    TopicId = topic.Id,
                    TopicName = topic.Name,
                    Partitions = [.. group.Select(partition => partition.Partition)],
                });
            }
        }

        return assignment;
    }
}
