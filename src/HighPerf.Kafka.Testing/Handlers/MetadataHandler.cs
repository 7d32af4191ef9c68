using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Connections;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>
/// Brokers, topics, leaders. A topic asked for by name may come into being here; as that takes a real broker a while, the answer is UNKNOWN_TOPIC_OR_PARTITION,
/// and the next request finds it.
/// </summary>
internal sealed class MetadataHandler : RequestHandler<MetadataRequest, MetadataResponse>
{
    /// <summary>The first version in which no topics at all can be asked for: before it an empty list means all.</summary>
    private const short FirstNullableTopicsVersion = 1;

    private const short FirstAutoCreateFlagVersion = 4;

    /// <summary>The first version in which a topic can be asked for by id alone.</summary>
    private const short FirstTopicIdVersion = 12;

    protected override MetadataResponse Handle(MetadataRequest request, RequestContext context)
    {
        MetadataResponse response = CreateResponse(request, context);
        bool withOperations = request.IncludeTopicAuthorizedOperations;
        bool all = request.Topics is null || (context.Version < FirstNullableTopicsVersion && request.Topics.Count == 0);
        if (all)
        {
            foreach (Topic topic in context.Cluster.Topics.All)
            {
                response.Topics.Add(Describe(topic, context, withOperations));
            }

            return response;
        }

        bool mayCreate = context.Cluster.Options.AutoCreateTopics && (request.AllowAutoTopicCreation || context.Version < FirstAutoCreateFlagVersion);
        foreach (MetadataRequest.MetadataRequestTopic asked in request.Topics!)
        {
            response.Topics.Add(Find(asked, context, mayCreate, withOperations));
        }

        return response;
    }

    protected override MetadataResponse CreateErrorResponse(MetadataRequest request, RequestContext context, ErrorCode error)
    {
        MetadataResponse response = CreateResponse(request, context);
        response.ErrorCode = (short)error;
        foreach (MetadataRequest.MetadataRequestTopic asked in request.Topics ?? [])
        {
            response.Topics.Add(Refuse(asked, context, error));
        }

        return response;
    }

    private static MetadataResponse CreateResponse(MetadataRequest request, RequestContext context)
    {
        EmbeddedCluster cluster = context.Cluster;
        MetadataResponse response = new() { ClusterId = cluster.ClusterId, ControllerId = cluster.ControllerId };
        if (request.IncludeClusterAuthorizedOperations)
        {
            response.ClusterAuthorizedOperations = AuthorizedOperations.OfCluster;
        }

        foreach (EmbeddedBroker broker in cluster.Brokers.Where(broker => broker.IsRunning))
        {
            response.Brokers.Add(new MetadataResponse.MetadataResponseBroker
            {
                NodeId = broker.NodeId,
                Host = broker.Host,
                Port = broker.Port,
                Rack = broker.Rack,
            });
        }

        return response;
    }

    private static MetadataResponse.MetadataResponseTopic Find(
        MetadataRequest.MetadataRequestTopic asked, RequestContext context, bool mayCreate, bool withOperations)
    {
        EmbeddedCluster cluster = context.Cluster;
        if (context.Version >= FirstTopicIdVersion && asked.TopicId != Guid.Empty)
        {
            return cluster.Topics.Find(asked.TopicId) is { } byId ? Describe(byId, context, withOperations) : Refuse(asked, context, ErrorCode.UnknownTopicId);
        }

        if (asked.Name is null)
        {
            return Refuse(asked, context, ErrorCode.InvalidRequest);
        }

        Topic? topic = cluster.Topics.Find(asked.Name);
        if (topic is not null)
        {
            return Describe(topic, context, withOperations);
        }

        if (TopicName.Validate(asked.Name) is not null)
        {
            return Refuse(asked, context, ErrorCode.InvalidTopicException);
        }

        if (!mayCreate)
        {
            return Refuse(asked, context, ErrorCode.UnknownTopicOrPartition);
        }

        if (cluster.Topics.FindCollision(asked.Name) is not null)
        {
            return Refuse(asked, context, ErrorCode.InvalidTopicException);
        }

        int replicationFactor = Math.Min(cluster.DefaultReplicationFactor, cluster.Brokers.Count);
        cluster.CreateTopic(asked.Name, cluster.Assign(cluster.DefaultPartitions, replicationFactor), new TopicConfig(cluster.Configs));
        return Refuse(asked, context, ErrorCode.UnknownTopicOrPartition);
    }

    private static MetadataResponse.MetadataResponseTopic Refuse(MetadataRequest.MetadataRequestTopic asked, RequestContext context, ErrorCode error)
    {
        // Before version 12 the name cannot be null.
        string? name = asked.Name ?? (context.Version < FirstTopicIdVersion ? "" : null);
        return new MetadataResponse.MetadataResponseTopic { Name = name, TopicId = asked.TopicId, ErrorCode = (short)error };
    }

    private static MetadataResponse.MetadataResponseTopic Describe(Topic topic, RequestContext context, bool withOperations)
    {
        MetadataResponse.MetadataResponseTopic described = new() { Name = topic.Name, TopicId = topic.Id };
        if (withOperations)
        {
            described.TopicAuthorizedOperations = AuthorizedOperations.OfTopic;
        }

        foreach (Partition partition in topic.Partitions)
        {
            described.Partitions.Add(Describe(partition, context.Version));
        }

        return described;
    }

    private static MetadataResponse.MetadataResponsePartition Describe(Partition partition, short version)
    {
        MetadataResponse.MetadataResponsePartition described = new()
        {
            PartitionIndex = partition.Index,
            LeaderId = partition.LeaderId,
            LeaderEpoch = partition.LeaderEpoch,
            ReplicaNodes = [.. partition.Replicas],
            IsrNodes = [.. partition.InSyncReplicas],
            OfflineReplicas = [.. partition.OfflineReplicas],
        };
        if (version == 0)
        {
            // The first clients could not bear to be told of replicas on brokers that are not there.
            described.ReplicaNodes = [.. partition.Replicas.Except(described.OfflineReplicas)];
            described.IsrNodes = [.. partition.InSyncReplicas.Except(described.OfflineReplicas)];
            described.ErrorCode = (short)(described.ReplicaNodes.Count < partition.Replicas.Length ? ErrorCode.ReplicaNotAvailable : ErrorCode.None);
        }

        if (partition.LeaderId == Partition.NoLeader)
        {
            described.ErrorCode = (short)ErrorCode.LeaderNotAvailable;
        }

        return described;
    }
}
