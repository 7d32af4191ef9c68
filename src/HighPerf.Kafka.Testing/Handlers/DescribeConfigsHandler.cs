using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Configs;
using HighPerf.Kafka.Testing.Connections;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>Tells the settings of topics, brokers, groups and subscriptions to client metrics. A broker tells its own settings only.</summary>
internal sealed class DescribeConfigsHandler : RequestHandler<DescribeConfigsRequest, DescribeConfigsResponse>
{
    protected override DescribeConfigsResponse Handle(DescribeConfigsRequest request, RequestContext context)
    {
        // A type that is not known fails the whole request: a real broker does not know whose permission it takes.
        if (request.Resources.Exists(resource => !Enum.IsDefined((ConfigResourceType)resource.ResourceType)))
        {
            return CreateErrorResponse(request, context, ErrorCode.InvalidRequest);
        }

        DescribeConfigsResponse response = new();
        foreach (DescribeConfigsRequest.DescribeConfigsResource resource in request.Resources)
        {
            ConfigQuery query = new(resource.ConfigurationKeys, request.IncludeSynonyms, request.IncludeDocumentation);
            ConfigDescriber describer = new(context.Cluster.Configs, context.Broker.NodeId, query);
            (ErrorCode error, string? message) = Describe((ConfigResourceType)resource.ResourceType, resource.ResourceName, context, describer);
            response.Results.Add(new DescribeConfigsResponse.DescribeConfigsResult
            {
                ResourceType = resource.ResourceType,
                ResourceName = resource.ResourceName,
                ErrorCode = (short)error,
                ErrorMessage = message ?? "",
                Configs = describer.Results,
            });
        }

        return response;
    }

    protected override DescribeConfigsResponse CreateErrorResponse(DescribeConfigsRequest request, RequestContext context, ErrorCode error)
    {
        DescribeConfigsResponse response = new();
        response.Results.AddRange(request.Resources.Select(resource => new DescribeConfigsResponse.DescribeConfigsResult
        {
            ResourceType = resource.ResourceType,
            ResourceName = resource.ResourceName,
            ErrorCode = (short)error,
        }));
        return response;
    }

    private static ConfigVerdict Describe(ConfigResourceType type, string name, RequestContext context, ConfigDescriber describer)
    {
        EmbeddedCluster cluster = context.Cluster;
        switch (type)
        {
            case ConfigResourceType.Topic:
                return DescribeTopic(name, cluster, describer);
            case ConfigResourceType.Broker when name.Length == 0:
                describer.AddAllBrokers();
                return ConfigVerdict.Fine;
            case ConfigResourceType.Broker:
                return DescribeNode(name, context.Broker.NodeId, " or empty string", describer.AddBroker);
            case ConfigResourceType.BrokerLogger when name.Length == 0:
                return new ConfigVerdict(ErrorCode.InvalidRequest, "Broker id must not be empty");
            case ConfigResourceType.BrokerLogger:
                return DescribeNode(name, context.Broker.NodeId, "", describer.AddLoggers);
            case ConfigResourceType.ClientMetrics when name.Length == 0:
                return new ConfigVerdict(ErrorCode.InvalidRequest, "Client metrics subscription name must not be empty");
            case ConfigResourceType.ClientMetrics:
                describer.AddClientMetrics(cluster.ClientMetricsConfigs.Get(name));
                return ConfigVerdict.Fine;
            case ConfigResourceType.Group when name.Length == 0:
                return new ConfigVerdict(ErrorCode.InvalidRequest, "Group name must not be empty");
            default:
                describer.AddGroup(cluster.GroupConfigs.Overrides.Get(name));
                return ConfigVerdict.Fine;
        }
    }

    private static ConfigVerdict DescribeTopic(string name, EmbeddedCluster cluster, ConfigDescriber describer)
    {
        if (TopicName.Validate(name) is { } badName)
        {
            return new ConfigVerdict(ErrorCode.InvalidTopicException, $"Topic name is invalid: {badName}.");
        }

        if (cluster.Topics.Find(name) is not { } topic)
        {
            return new ConfigVerdict(ErrorCode.UnknownTopicOrPartition, "");
        }

        describer.AddTopic(topic.Config);
        return ConfigVerdict.Fine;
    }

    private static ConfigVerdict DescribeNode(string name, int nodeId, string alternative, Action describe)
    {
        if (!int.TryParse(name, out int asked))
        {
            return new ConfigVerdict(ErrorCode.InvalidRequest, $"Broker id must be an integer, but it is: {name}");
        }

        if (asked != nodeId)
        {
            return new ConfigVerdict(ErrorCode.InvalidRequest, $"Unexpected broker id, expected {nodeId}{alternative}, but received {name}");
        }

        describe();
        return ConfigVerdict.Fine;
    }
}
