using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Connections;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>Gives leadership back to preferred replicas, or to any replica where there is no leader (an unclean election).</summary>
internal sealed class ElectLeadersHandler : RequestHandler<ElectLeadersRequest, ElectLeadersResponse>
{
    private const sbyte Preferred = 0;
    private const sbyte Unclean = 1;

    protected override ElectLeadersResponse Handle(ElectLeadersRequest request, RequestContext context)
    {
        if (request.ElectionType is not (Preferred or Unclean))
        {
            return CreateErrorResponse(request, context, ErrorCode.InvalidRequest);
        }

        ElectLeadersResponse response = new();
        if (request.TopicPartitions is null)
        {
            foreach (Topic topic in context.Cluster.Topics.All)
            {
                // Who asks for all partitions is told of those only in which something happened or should have.
                Add(response, topic.Name, topic.Partitions.Select(partition => Elect(topic, partition.Index, request.ElectionType))
                    .Where(result => result.ErrorCode != (short)ErrorCode.ElectionNotNeeded));
            }

            return response;
        }

        foreach (ElectLeadersRequest.TopicPartitionsData asked in request.TopicPartitions)
        {
            Topic? topic = context.Cluster.Topics.Find(asked.Topic);
            Add(response, asked.Topic, asked.Partitions.Select(index => Elect(topic, index, request.ElectionType)));
        }

        return response;
    }

    protected override ElectLeadersResponse CreateErrorResponse(ElectLeadersRequest request, RequestContext context, ErrorCode error) =>
        new() { ErrorCode = (short)error };

    private static void Add(ElectLeadersResponse response, string topic, IEnumerable<ElectLeadersResponse.PartitionResult> results)
    {
        ElectLeadersResponse.ReplicaElectionResult answer = new() { Topic = topic };
        answer.PartitionResult.AddRange(results);
        if (answer.PartitionResult.Count > 0)
        {
            response.ReplicaElectionResults.Add(answer);
        }
    }

    private static ElectLeadersResponse.PartitionResult Elect(Topic? topic, int index, sbyte type)
    {
        ErrorCode error = ErrorCode.UnknownTopicOrPartition;
        if (topic?.FindPartition(index) is { } partition)
        {
            error = type == Preferred ? partition.ElectPreferred() : partition.ElectUnclean();
        }

        return new ElectLeadersResponse.PartitionResult { PartitionId = index, ErrorCode = (short)error, ErrorMessage = Explain(error) };
    }

    private static string? Explain(ErrorCode error) => error switch
    {
        ErrorCode.None => null,
        ErrorCode.ElectionNotNeeded => "Leader election not needed for topic partition.",
        ErrorCode.PreferredLeaderNotAvailable => "The preferred leader was not available.",
        ErrorCode.EligibleLeadersNotAvailable => "Eligible topic partition leaders are not available.",
        _ => "There is no such partition.",
    };
}
