using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Connections;
using HighPerf.Kafka.Testing.Groups;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>Committed offsets go, of topics that nobody in the group consumes.</summary>
internal sealed class OffsetDeleteHandler : RequestHandler<OffsetDeleteRequest, OffsetDeleteResponse>
{
    protected override OffsetDeleteResponse Handle(OffsetDeleteRequest request, RequestContext context)
    {
        OffsetDeleteResponse response = new();
        Group? group = null;
        bool isAsked = false;
        foreach (OffsetDeleteRequest.OffsetDeleteRequestTopic asked in request.Topics)
        {
            Topic? topic = context.Cluster.Topics.Find(asked.Name);
            OffsetDeleteResponse.OffsetDeleteResponseTopic answer = new() { Name = asked.Name };
            foreach (OffsetDeleteRequest.OffsetDeleteRequestPartition partition in asked.Partitions)
            {
                ErrorCode error = ErrorCode.UnknownTopicOrPartition;
                if (topic?.FindPartition(partition.PartitionIndex) is not null)
                {
                    // The group is looked for once, and only when there is something to delete.
                    ErrorCode refused = isAsked ? ErrorCode.None : CheckGroup(request.GroupId, context, out group);
                    if (refused != ErrorCode.None)
                    {
                        return CreateErrorResponse(request, context, refused);
                    }

                    isAsked = true;
                    error = Delete(group!, topic, partition.PartitionIndex);
                }

                answer.Partitions.Add(new OffsetDeleteResponse.OffsetDeleteResponsePartition
                {
                    PartitionIndex = partition.PartitionIndex,
                    ErrorCode = (short)error,
                });
            }

            response.Topics.Add(answer);
        }

        return response;
    }

    protected override OffsetDeleteResponse CreateErrorResponse(OffsetDeleteRequest request, RequestContext context, ErrorCode error) =>
        new() { ErrorCode = (short)error };

    private static ErrorCode CheckGroup(string id, RequestContext context, out Group? group)
    {
        group = null;
        if (id.Length == 0)
        {
            return ErrorCode.InvalidGroupId;
        }

        ErrorCode error = context.Cluster.Coordinators.Check(CoordinatorKind.Group, id, context.Broker.NodeId);
        if (error != ErrorCode.None)
        {
            return error;
        }

        group = context.Cluster.Groups.Find(id);
        if (group is null)
        {
            return ErrorCode.GroupIdNotFound;
        }

        // Only of consumers is known what they consume.
        return group.IsEmpty || group.ProtocolType == "consumer" ? ErrorCode.None : ErrorCode.NonEmptyGroup;
    }

    private static ErrorCode Delete(Group group, Topic topic, int partition)
    {
        if (group.IsSubscribedTo(topic.Name))
        {
            return ErrorCode.GroupSubscribedToTopic;
        }

        group.Offsets.Remove(topic.Id, partition);
        return ErrorCode.None;
    }
}
