using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Connections;
using HighPerf.Kafka.Testing.Groups;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>Groups without members go, with their offsets.</summary>
internal sealed class DeleteGroupsHandler : RequestHandler<DeleteGroupsRequest, DeleteGroupsResponse>
{
    protected override DeleteGroupsResponse Handle(DeleteGroupsRequest request, RequestContext context) => new()
    {
        Results = [.. request.GroupsNames.Distinct(StringComparer.Ordinal).Select(id => Answer(id, Delete(id, context)))],
    };

    protected override DeleteGroupsResponse CreateErrorResponse(DeleteGroupsRequest request, RequestContext context, ErrorCode error) => new()
    {
        Results = request.GroupsNames.ConvertAll(id => Answer(id, error)),
    };

    private static ErrorCode Delete(string id, RequestContext context)
    {
        ErrorCode error = context.Cluster.Coordinators.Check(CoordinatorKind.Group, id, context.Broker.NodeId);
        if (error != ErrorCode.None)
        {
            return error;
        }

        Group? group = context.Cluster.Groups.Find(id);
        if (group is null)
        {
            return ErrorCode.GroupIdNotFound;
        }

        if (!group.IsEmpty)
        {
            return ErrorCode.NonEmptyGroup;
        }

        context.Cluster.Groups.Remove(group);
        return ErrorCode.None;
    }

    private static DeleteGroupsResponse.DeletableGroupResult Answer(string id, ErrorCode error) => new()
    {
        GroupId = id,
        ErrorCode = (short)error,
        ErrorMessage = error == ErrorCode.GroupIdNotFound ? $"Group {id} not found." : null,
    };
}
