using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Configs;
using HighPerf.Kafka.Testing.Connections;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>What has settings. Version 0 knows subscriptions to client metrics only.</summary>
internal sealed class ListConfigResourcesHandler : RequestHandler<ListConfigResourcesRequest, ListConfigResourcesResponse>
{
    private const short FirstTypesVersion = 1;

    protected override ListConfigResourcesResponse Handle(ListConfigResourcesRequest request, RequestContext context)
    {
        List<ConfigResourceType> types = [ConfigResourceType.ClientMetrics];
        if (context.Version >= FirstTypesVersion)
        {
            types = request.ResourceTypes.Count == 0
                ? [.. Enum.GetValues<ConfigResourceType>()]
                : [.. request.ResourceTypes.Select(type => (ConfigResourceType)type).Distinct()];
        }

        if (!types.TrueForAll(Enum.IsDefined))
        {
            return CreateErrorResponse(request, context, ErrorCode.UnsupportedVersion);
        }

        ListConfigResourcesResponse response = new();
        foreach (ConfigResourceType type in types)
        {
            foreach (string name in Names(type, context.Cluster))
            {
                response.ConfigResources.Add(new ListConfigResourcesResponse.ConfigResource { ResourceType = (sbyte)type, ResourceName = name });
            }
        }

        return response;
    }

    protected override ListConfigResourcesResponse CreateErrorResponse(ListConfigResourcesRequest request, RequestContext context, ErrorCode error) =>
        new() { ErrorCode = (short)error };

    private static IEnumerable<string> Names(ConfigResourceType type, EmbeddedCluster cluster) => type switch
    {
        ConfigResourceType.Topic => cluster.Topics.All.Select(topic => topic.Name),
        ConfigResourceType.Group => cluster.GroupConfigs.Overrides.Names,
        ConfigResourceType.ClientMetrics => cluster.ClientMetricsConfigs.Names,
        _ => cluster.Brokers.Select(broker => $"{broker.NodeId}"),
    };
}
