using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Connections;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>The moves of partitions that are under way. What is not moving, or not there, is not named.</summary>
internal sealed class ListPartitionReassignmentsHandler : RequestHandler<ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse>
{
    protected override ListPartitionReassignmentsResponse Handle(ListPartitionReassignmentsRequest request, RequestContext context)
    {
        ListPartitionReassignmentsResponse response = new();
        if (request.Topics is null)
        {
            foreach (Topic topic in context.Cluster.Topics.All)
            {
                Add(response, topic, topic.Partitions);
            }

            return response;
        }

        foreach (ListPartitionReassignmentsRequest.ListPartitionReassignmentsTopics asked in request.Topics)
        {
            if (context.Cluster.Topics.Find(asked.Name) is { } topic)
            {
                Add(response, topic, asked.PartitionIndexes.Select(topic.FindPartition).OfType<Partition>());
            }
        }

        return response;
    }

    protected override ListPartitionReassignmentsResponse CreateErrorResponse(
        ListPartitionReassignmentsRequest request, RequestContext context, ErrorCode error) => new() { ErrorCode = (short)error };

    private static void Add(ListPartitionReassignmentsResponse response, Topic topic, IEnumerable<Partition> partitions)
    {
        ListPartitionReassignmentsResponse.OngoingTopicReassignment answer = new() { Name = topic.Name };
        foreach (Partition partition in partitions.Where(partition => partition.IsReassigning))
        {
            answer.Partitions.Add(new ListPartitionReassignmentsResponse.OngoingPartitionReassignment
            {
                PartitionIndex = partition.Index,
                Replicas = [.. partition.Replicas],
                AddingReplicas = [.. partition.AddingReplicas],
                RemovingReplicas = [.. partition.RemovingReplicas],
            });
        }

        if (answer.Partitions.Count > 0)
        {
            response.Topics.Add(answer);
        }
    }
}
