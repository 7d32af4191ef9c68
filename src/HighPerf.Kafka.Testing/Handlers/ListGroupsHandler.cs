using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Connections;
using HighPerf.Kafka.Testing.Groups;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>The groups that this broker coordinates, all or those in some states (KIP-518) or of some types (KIP-848).</summary>
internal sealed class ListGroupsHandler : RequestHandler<ListGroupsRequest, ListGroupsResponse>
{
    protected override ListGroupsResponse Handle(ListGroupsRequest request, RequestContext context)
    {
        if (context.Cluster.Coordinators.IsLoading(CoordinatorKind.Group, context.Broker.NodeId))
        {
            return CreateErrorResponse(request, context, ErrorCode.CoordinatorLoadInProgress);
        }

        ListGroupsResponse response = new();
        foreach (Group group in context.Cluster.Groups.All)
        {
            string type = TypeOf(group);
            bool isHere = context.Cluster.Coordinators.Check(CoordinatorKind.Group, group.Id, context.Broker.NodeId) == ErrorCode.None;
            if (isHere && Accepts(request.StatesFilter, group.State) && Accepts(request.TypesFilter, type))
            {
                response.Groups.Add(new ListGroupsResponse.ListedGroup
                {
                    GroupId = group.Id,
                    ProtocolType = group.ProtocolType,
                    GroupState = group.State,
                    GroupType = type,
                });
            }
        }

        return response;
    }

    protected override ListGroupsResponse CreateErrorResponse(ListGroupsRequest request, RequestContext context, ErrorCode error) =>
        new() { ErrorCode = (short)error };

    private static string TypeOf(Group group) => group.Kind == GroupKind.Classic ? "classic" : "consumer";

    private static bool Accepts(List<string> filter, string value) =>
        filter.Count == 0 || filter.Exists(wanted => wanted.Trim().Equals(value, StringComparison.OrdinalIgnoreCase));
}
