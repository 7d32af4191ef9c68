using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Connections;
using HighPerf.Kafka.Testing.ConsumerGroups;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>Consumer groups (KIP-848) as administrators see them; classic groups have a request of their own.</summary>
internal sealed class ConsumerGroupDescribeHandler : RequestHandler<ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse>
{
    protected override ConsumerGroupDescribeResponse Handle(ConsumerGroupDescribeRequest request, RequestContext context) => new()
    {
        Groups = request.GroupIds.ConvertAll(id => Describe(id, request.IncludeAuthorizedOperations, context)),
    };

    protected override ConsumerGroupDescribeResponse CreateErrorResponse(ConsumerGroupDescribeRequest request, RequestContext context, ErrorCode error) => new()
    {
        Groups = request.GroupIds.ConvertAll(id => Refuse(id, error, null)),
    };

    private static ConsumerGroupDescribeResponse.DescribedGroup Describe(string id, bool includeOperations, RequestContext context)
    {
        EmbeddedCluster cluster = context.Cluster;
        ErrorCode error = cluster.Features.HasConsumerGroups
            ? cluster.Coordinators.Check(CoordinatorKind.Group, id, context.Broker.NodeId)
            : ErrorCode.UnsupportedVersion;
        if (error != ErrorCode.None)
        {
            return Refuse(id, error, null);
        }

        if (cluster.Groups.Find(id) is not ConsumerGroup group)
        {
            return Refuse(id, ErrorCode.GroupIdNotFound, $"There is no consumer group {id}.");
        }

        ConsumerGroupDescribeResponse.DescribedGroup described = group.Describe();
        if (includeOperations)
        {
            described.AuthorizedOperations = AuthorizedOperations.OfGroup;
        }

        return described;
    }

    private static ConsumerGroupDescribeResponse.DescribedGroup Refuse(string id, ErrorCode error, string? message) =>
        new() { GroupId = id, ErrorCode = (short)error, ErrorMessage = message };
}
