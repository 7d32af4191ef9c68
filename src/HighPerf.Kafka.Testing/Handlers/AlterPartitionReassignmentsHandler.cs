using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Connections;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>Moves partitions to other brokers, or gives up such a move.</summary>
internal sealed class AlterPartitionReassignmentsHandler : RequestHandler<AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse>
{
    protected override AlterPartitionReassignmentsResponse Handle(AlterPartitionReassignmentsRequest request, RequestContext context)
    {
        AlterPartitionReassignmentsResponse response = new() { AllowReplicationFactorChange = request.AllowReplicationFactorChange };
        foreach (AlterPartitionReassignmentsRequest.ReassignableTopic asked in request.Topics)
        {
            Topic? topic = context.Cluster.Topics.Find(asked.Name);
            AlterPartitionReassignmentsResponse.ReassignableTopicResponse answer = new() { Name = asked.Name };
            foreach (AlterPartitionReassignmentsRequest.ReassignablePartition wish in asked.Partitions)
            {
                (ErrorCode error, string? message) = Apply(topic, wish, request.AllowReplicationFactorChange, context.Cluster);
                answer.Partitions.Add(new AlterPartitionReassignmentsResponse.ReassignablePartitionResponse
                {
                    PartitionIndex = wish.PartitionIndex,
                    ErrorCode = (short)error,
                    ErrorMessage = message,
                });
            }

            response.Responses.Add(answer);
        }

        return response;
    }

    protected override AlterPartitionReassignmentsResponse CreateErrorResponse(
        AlterPartitionReassignmentsRequest request, RequestContext context, ErrorCode error) => new() { ErrorCode = (short)error };

    private static (ErrorCode Error, string? Message) Apply(
        Topic? topic, AlterPartitionReassignmentsRequest.ReassignablePartition wish, bool mayChangeFactor, EmbeddedCluster cluster)
    {
        if (topic?.FindPartition(wish.PartitionIndex) is not { } partition)
        {
            return (ErrorCode.UnknownTopicOrPartition, topic is null ? "There is no such topic." : $"There is no partition {wish.PartitionIndex}.");
        }

        if (wish.Replicas is null)
        {
            if (!partition.IsReassigning)
            {
                return (ErrorCode.NoReassignmentInProgress, "No partition reassignment is in progress.");
            }

            partition.CancelReassignment();
            return (ErrorCode.None, null);
        }

        if (ManualAssignment.Check(wish.Replicas, null, cluster) is { } wrong)
        {
            return (ErrorCode.InvalidReplicaAssignment, wrong);
        }

        int present = partition.Replicas.Length - partition.AddingReplicas.Length;
        if (!mayChangeFactor && wish.Replicas.Count != present)
        {
            return (ErrorCode.InvalidReplicationFactor, $"The replication factor is {present} and must not change to {wish.Replicas.Count}.");
        }

        partition.Reassign([.. wish.Replicas]);
        return (ErrorCode.None, null);
    }
}
