using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Connections;
using HighPerf.Kafka.Testing.ConsumerGroups;
using HighPerf.Kafka.Testing.Groups;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>The one request of members of consumer groups (KIP-848): they join by it, stay, say what they own, and leave.</summary>
internal sealed class ConsumerGroupHeartbeatHandler : RequestHandler<ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse>
{
    protected override ConsumerGroupHeartbeatResponse Handle(ConsumerGroupHeartbeatRequest request, RequestContext context)
    {
        EmbeddedCluster cluster = context.Cluster;
        if (!cluster.Features.HasConsumerGroups)
        {
            return CreateErrorResponse(request, context, ErrorCode.UnsupportedVersion);
        }

        if (HeartbeatRules.Check(request, context.Version, cluster) is { } refusal)
        {
            return ConsumerGroup.Refuse(refusal);
        }

        ErrorCode error = cluster.Coordinators.Check(CoordinatorKind.Group, request.GroupId, context.Broker.NodeId);
        if (error != ErrorCode.None)
        {
            return CreateErrorResponse(request, context, error);
        }

        Group? found = cluster.Groups.Find(request.GroupId);
        if (found is ConsumerGroup group)
        {
            return request.MemberEpoch < HeartbeatRules.Join ? group.Leave(request) : group.Beat(request, context.Header.ClientId ?? "", context.ClientHost);
        }

        return request.MemberEpoch == HeartbeatRules.Join && found is null or { IsEmpty: true }
            ? Found(request, context, found)
            : ConsumerGroup.Refuse(new Refusal(ErrorCode.GroupIdNotFound, $"There is no consumer group {request.GroupId}."));
    }

    protected override ConsumerGroupHeartbeatResponse CreateErrorResponse(
        ConsumerGroupHeartbeatRequest request, RequestContext context, ErrorCode error) => new() { ErrorCode = (short)error };

    /// <summary>The first member of a new group, or of one that stands in the place of an empty classic one.</summary>
    private static ConsumerGroupHeartbeatResponse Found(ConsumerGroupHeartbeatRequest request, RequestContext context, Group? old)
    {
        ConsumerGroup group = new(context.Cluster, request.GroupId, old?.Offsets ?? new GroupOffsets());
        ConsumerGroupHeartbeatResponse response = group.Beat(request, context.Header.ClientId ?? "", context.ClientHost);
        if (response.ErrorCode != (short)ErrorCode.None)
        {
            return response;
        }

        if (old is null)
        {
            context.Cluster.Groups.Add(group);
        }
        else
        {
            context.Cluster.Groups.Replace(old, group);
        }

        return response;
    }
}
