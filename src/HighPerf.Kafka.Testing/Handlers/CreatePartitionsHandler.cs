using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Connections;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>Adds partitions to topics, each on its own merits. There is no way back.</summary>
internal sealed class CreatePartitionsHandler : RequestHandler<CreatePartitionsRequest, CreatePartitionsResponse>
{
    protected override CreatePartitionsResponse Handle(CreatePartitionsRequest request, RequestContext context)
    {
        CreatePartitionsResponse response = new();
        foreach (CreatePartitionsRequest.CreatePartitionsTopic asked in request.Topics)
        {
            bool twice = request.Topics.Exists(other => other != asked && other.Name == asked.Name);
            if (twice && response.Results.Exists(answered => answered.Name == asked.Name))
            {
                continue;
            }

            (ErrorCode error, string? message) = twice
                ? (ErrorCode.InvalidRequest, "Duplicate topic name.")
                : Create(asked, context.Cluster, request.ValidateOnly);
            response.Results.Add(Answer(asked, error, message));
        }

        return response;
    }

    protected override CreatePartitionsResponse CreateErrorResponse(CreatePartitionsRequest request, RequestContext context, ErrorCode error)
    {
        CreatePartitionsResponse response = new();
        response.Results.AddRange(request.Topics.Select(asked => Answer(asked, error, null)));
        return response;
    }

    private static (ErrorCode Error, string? Message) Create(
        CreatePartitionsRequest.CreatePartitionsTopic asked, EmbeddedCluster cluster, bool validateOnly)
    {
        if (cluster.Topics.Find(asked.Name) is not { } topic)
        {
            return (ErrorCode.UnknownTopicOrPartition, "This server does not host this topic-partition.");
        }

        int present = topic.Partitions.Length;
        if (asked.Count == present)
        {
            return (ErrorCode.InvalidPartitions, $"Topic already has {present} partition(s).");
        }

        if (asked.Count < present)
        {
            return (ErrorCode.InvalidPartitions, $"The topic {topic.Name} currently has {present} partition(s); {asked.Count} would not be an increase.");
        }

        int added = asked.Count - present;
        if (added > TopicRegistry.MaxPartitions)
        {
            return (ErrorCode.PolicyViolation, $"{added} partitions are too many for one request; this broker takes {TopicRegistry.MaxPartitions}.");
        }

        int replicationFactor = topic.Partitions[0].Replicas.Length;
        int[][] assignment;
        if (asked.Assignments is null)
        {
            assignment = ReplicaPlacement.Place(cluster.Brokers, present, added, replicationFactor);
        }
        else if (CheckAssignments(asked.Assignments, present, added, replicationFactor, cluster) is { } wrong)
        {
            return (ErrorCode.InvalidReplicaAssignment, wrong);
        }
        else
        {
            assignment = [.. asked.Assignments.Select(wish => wish.BrokerIds.ToArray())];
        }

        if (!validateOnly)
        {
            cluster.Topics.AddPartitions(topic, assignment);
            cluster.Log.Write($"topic {topic.Name} has {asked.Count} partitions");
        }

        return (ErrorCode.None, null);
    }

    private static string? CheckAssignments(
        List<CreatePartitionsRequest.CreatePartitionsAssignment> wishes, int present, int added, int replicationFactor, EmbeddedCluster cluster)
    {
        if (wishes.Count != added)
        {
            return $"Attempted to add {added} additional partition(s), but only {wishes.Count} assignment(s) were specified.";
        }

        for (int i = 0; i < wishes.Count; i++)
        {
            List<int> brokers = wishes[i].BrokerIds;
            string? wrong = ManualAssignment.Check(brokers, replicationFactor, cluster) ?? ManualAssignment.CheckLive(brokers, present + i, cluster);
            if (wrong is not null)
            {
                return wrong;
            }
        }

        return null;
    }

    private static CreatePartitionsResponse.CreatePartitionsTopicResult Answer(
        CreatePartitionsRequest.CreatePartitionsTopic asked, ErrorCode error, string? message) =>
        new() { Name = asked.Name, ErrorCode = (short)error, ErrorMessage = message };
}
