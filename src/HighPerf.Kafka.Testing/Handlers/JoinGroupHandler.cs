using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Connections;
using HighPerf.Kafka.Testing.Groups;
using HighPerf.Kafka.Testing.Groups.Classic;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>Members come into a classic group, or begin its next generation. The answer comes when all have joined.</summary>
internal sealed class JoinGroupHandler : RequestHandler<JoinGroupRequest, JoinGroupResponse>
{
    protected override JoinGroupResponse? Handle(JoinGroupRequest request, RequestContext context)
    {
        if (request.GroupId.Length == 0)
        {
            return JoinCall.Refusal(context.Version, ErrorCode.InvalidGroupId, request.MemberId);
        }

        if (request.SessionTimeoutMs < context.Cluster.Configs.GetNumber("group.min.session.timeout.ms")
            || request.SessionTimeoutMs > context.Cluster.Configs.GetNumber("group.max.session.timeout.ms"))
        {
            return JoinCall.Refusal(context.Version, ErrorCode.InvalidSessionTimeout, request.MemberId);
        }

        ErrorCode error = context.Cluster.Coordinators.Check(CoordinatorKind.Group, request.GroupId, context.Broker.NodeId);
        if (error != ErrorCode.None)
        {
            return JoinCall.Refusal(context.Version, error, "");
        }

        Group? group = context.Cluster.Groups.Find(request.GroupId);
        if (group is { Kind: not GroupKind.Classic, IsEmpty: false })
        {
            return JoinCall.Refusal(context.Version, ErrorCode.InconsistentGroupProtocol, "");
        }

        // A group that is not there, or empty and of the other kind, begins with a member that has no id yet.
        if (group is not ClassicGroup && request.MemberId.Length > 0)
        {
            return JoinCall.Refusal(context.Version, ErrorCode.UnknownMemberId, request.MemberId);
        }

        context.Cluster.Groups.FindOrCreateClassic(request.GroupId).Join(new JoinCall(request, context));
        return null;
    }

    protected override JoinGroupResponse CreateErrorResponse(JoinGroupRequest request, RequestContext context, ErrorCode error) =>
        JoinCall.Refusal(context.Version, error, "");
}
