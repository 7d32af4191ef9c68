using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Connections;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>Which broker a group or a transactional id belongs to. Share groups have no coordinator here.</summary>
internal sealed class FindCoordinatorHandler : RequestHandler<FindCoordinatorRequest, FindCoordinatorResponse>
{
    private const sbyte GroupKey = 0;
    private const sbyte TransactionKey = 1;
    private const sbyte ShareKey = 2;

    /// <summary>The first version in which several keys are asked for at once.</summary>
    private const short FirstBatchVersion = 4;

    private const short FirstShareVersion = 6;

    protected override FindCoordinatorResponse Handle(FindCoordinatorRequest request, RequestContext context)
    {
        ErrorCode error = request.KeyType switch
        {
            GroupKey or TransactionKey => ErrorCode.None,
            ShareKey when context.Version >= FirstShareVersion => ErrorCode.UnsupportedVersion,
            _ => ErrorCode.InvalidRequest,
        };
        return Create(request, context, error);
    }

    protected override FindCoordinatorResponse CreateErrorResponse(FindCoordinatorRequest request, RequestContext context, ErrorCode error) =>
        Create(request, context, error);

    private static FindCoordinatorResponse Create(FindCoordinatorRequest request, RequestContext context, ErrorCode error)
    {
        FindCoordinatorResponse response = new();
        if (context.Version < FirstBatchVersion)
        {
            FindCoordinatorResponse.Coordinator single = Describe(request.Key, request.KeyType, context.Cluster, error);
            response.ErrorCode = single.ErrorCode;
            response.ErrorMessage = single.ErrorMessage;
            response.NodeId = single.NodeId;
            response.Host = single.Host;
            response.Port = single.Port;
            return response;
        }

        foreach (string key in request.CoordinatorKeys)
        {
            response.Coordinators.Add(Describe(key, request.KeyType, context.Cluster, error));
        }

        return response;
    }

    private static string Explain(ErrorCode error) => error switch
    {
        ErrorCode.UnsupportedVersion => "This broker has no share groups.",
        ErrorCode.InvalidRequest => "The key type is none that this version knows.",
        _ => error.ToString(),
    };

    private static FindCoordinatorResponse.Coordinator Describe(string key, sbyte keyType, EmbeddedCluster cluster, ErrorCode error)
    {
        EmbeddedBroker? broker = error == ErrorCode.None ? cluster.Coordinators.Find((CoordinatorKind)keyType, key) : null;
        if (error == ErrorCode.None && broker is null)
        {
            error = ErrorCode.CoordinatorNotAvailable;
        }

        if (broker is null)
        {
            return new FindCoordinatorResponse.Coordinator
            {
                Key = key,
                NodeId = -1,
                Host = "",
                Port = -1,
                ErrorCode = (short)error,
                ErrorMessage = Explain(error),
            };
        }

        return new FindCoordinatorResponse.Coordinator { Key = key, NodeId = broker.NodeId, Host = broker.Host, Port = broker.Port };
    }
}
