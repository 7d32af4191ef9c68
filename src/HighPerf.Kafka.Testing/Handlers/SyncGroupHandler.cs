using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Connections;
using HighPerf.Kafka.Testing.Groups.Classic;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>The leader of a generation tells who gets what; the others wait to be told.</summary>
internal sealed class SyncGroupHandler : RequestHandler<SyncGroupRequest, SyncGroupResponse>
{
    /// <summary>From here on the protocol must be named (KIP-559).</summary>
    private const short FirstProtocolVersion = 5;

    protected override SyncGroupResponse? Handle(SyncGroupRequest request, RequestContext context)
    {
        if (context.Version >= FirstProtocolVersion && (request.ProtocolType is null || request.ProtocolName is null))
        {
            return CreateErrorResponse(request, context, ErrorCode.InconsistentGroupProtocol);
        }

        ErrorCode error = request.GroupId.Length == 0
            ? ErrorCode.InvalidGroupId
            : context.Cluster.Coordinators.Check(CoordinatorKind.Group, request.GroupId, context.Broker.NodeId);
        if (error != ErrorCode.None)
        {
            return CreateErrorResponse(request, context, error);
        }

        if (context.Cluster.Groups.Find(request.GroupId) is not ClassicGroup group)
        {
            return CreateErrorResponse(request, context, ErrorCode.UnknownMemberId);
        }

        group.Sync(new SyncCall(request, context));
        return null;
    }

    protected override SyncGroupResponse CreateErrorResponse(SyncGroupRequest request, RequestContext context, ErrorCode error) =>
        new() { ErrorCode = (short)error };
}
