using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Connections;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>The brokers of the cluster. Controllers (endpoint type 2) are not to be asked at a broker.</summary>
internal sealed class DescribeClusterHandler : RequestHandler<DescribeClusterRequest, DescribeClusterResponse>
{
    private const sbyte BrokerEndpoints = 1;
    private const sbyte ControllerEndpoints = 2;

    protected override DescribeClusterResponse Handle(DescribeClusterRequest request, RequestContext context)
    {
        if (request.EndpointType != BrokerEndpoints)
        {
            ErrorCode error = request.EndpointType == ControllerEndpoints ? ErrorCode.MismatchedEndpointType : ErrorCode.UnsupportedEndpointType;
            DescribeClusterResponse refusal = CreateErrorResponse(request, context, error);
            refusal.ErrorMessage = error == ErrorCode.MismatchedEndpointType
                ? "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER"
                : $"Unsupported endpoint type {request.EndpointType}";
            return refusal;
        }

        EmbeddedCluster cluster = context.Cluster;
        DescribeClusterResponse response = new() { ClusterId = cluster.ClusterId, ControllerId = cluster.ControllerId };
        if (request.IncludeClusterAuthorizedOperations)
        {
            response.ClusterAuthorizedOperations = AuthorizedOperations.OfCluster;
        }

        // A broker that does not run is fenced; who wants to see those, too, says so.
        foreach (EmbeddedBroker broker in cluster.Brokers.Where(broker => broker.IsRunning || request.IncludeFencedBrokers))
        {
            response.Brokers.Add(new DescribeClusterResponse.DescribeClusterBroker
            {
                BrokerId = broker.NodeId,
                Host = broker.Host,
                Port = broker.Port,
                Rack = broker.Rack,
                IsFenced = !broker.IsRunning,
            });
        }

        return response;
    }

    protected override DescribeClusterResponse CreateErrorResponse(DescribeClusterRequest request, RequestContext context, ErrorCode error) =>
        new() { ErrorCode = (short)error, EndpointType = request.EndpointType };
}
