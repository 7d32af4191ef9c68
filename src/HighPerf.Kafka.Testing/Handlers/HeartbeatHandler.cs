using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Connections;
using HighPerf.Kafka.Testing.Groups.Classic;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>A member of a classic group says that it is there, and hears of a rebalance.</summary>
internal sealed class HeartbeatHandler : RequestHandler<HeartbeatRequest, HeartbeatResponse>
{
    protected override HeartbeatResponse Handle(HeartbeatRequest request, RequestContext context) =>
        CreateErrorResponse(request, context, Answer(request, context));

    protected override HeartbeatResponse CreateErrorResponse(HeartbeatRequest request, RequestContext context, ErrorCode error) =>
        new() { ErrorCode = (short)error };

    private static ErrorCode Answer(HeartbeatRequest request, RequestContext context)
    {
        if (request.GroupId.Length == 0)
        {
            return ErrorCode.InvalidGroupId;
        }

        ErrorCode error = context.Cluster.Coordinators.Check(CoordinatorKind.Group, request.GroupId, context.Broker.NodeId);
        if (error != ErrorCode.None)
        {
            // Nothing is wrong with members of a group that is being loaded.
            return error == ErrorCode.CoordinatorLoadInProgress ? ErrorCode.None : error;
        }

        return context.Cluster.Groups.Find(request.GroupId) is ClassicGroup group ? group.Heartbeat(request) : ErrorCode.UnknownMemberId;
    }
}
