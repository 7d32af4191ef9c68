using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Connections;
using HighPerf.Kafka.Testing.Groups;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>Members leave, or are taken out by an administrator: one in old versions, several since version 3.</summary>
internal sealed class LeaveGroupHandler : RequestHandler<LeaveGroupRequest, LeaveGroupResponse>
{
    private const short FirstBatchVersion = 3;

    protected override LeaveGroupResponse Handle(LeaveGroupRequest request, RequestContext context)
    {
        ErrorCode error = request.GroupId.Length == 0
            ? ErrorCode.InvalidGroupId
            : context.Cluster.Coordinators.Check(CoordinatorKind.Group, request.GroupId, context.Broker.NodeId);
        if (error != ErrorCode.None)
        {
            return CreateErrorResponse(request, context, error);
        }

        Group? group = context.Cluster.Groups.Find(request.GroupId);
        if (context.Version >= FirstBatchVersion)
        {
            return new LeaveGroupResponse { Members = group?.Leave(request.Members) ?? Group.RefuseToLeave(request.Members) };
        }

        List<LeaveGroupRequest.MemberIdentity> single = [new LeaveGroupRequest.MemberIdentity { MemberId = request.MemberId }];
        return new LeaveGroupResponse { ErrorCode = (group?.Leave(single) ?? Group.RefuseToLeave(single))[0].ErrorCode };
    }

    protected override LeaveGroupResponse CreateErrorResponse(LeaveGroupRequest request, RequestContext context, ErrorCode error) =>
        new() { ErrorCode = (short)error };
}
