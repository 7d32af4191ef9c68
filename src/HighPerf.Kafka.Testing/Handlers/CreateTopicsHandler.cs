using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Configs;
using HighPerf.Kafka.Testing.Connections;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>Creates topics, each on its own merits: one that is refused does not hold up the others.</summary>
internal sealed class CreateTopicsHandler : RequestHandler<CreateTopicsRequest, CreateTopicsResponse>
{
    protected override CreateTopicsResponse Handle(CreateTopicsRequest request, RequestContext context)
    {
        CreateTopicsResponse response = new();
        foreach (CreateTopicsRequest.CreatableTopic asked in request.Topics)
        {
            bool twice = request.Topics.Exists(other => other != asked && other.Name == asked.Name);
            if (twice && response.Topics.Exists(answered => answered.Name == asked.Name))
            {
                continue;
            }

            response.Topics.Add(twice
                ? Refuse(asked, ErrorCode.InvalidRequest, "Duplicate topic name.")
                : Create(asked, context.Cluster, request.ValidateOnly));
        }

        return response;
    }

    protected override CreateTopicsResponse CreateErrorResponse(CreateTopicsRequest request, RequestContext context, ErrorCode error)
    {
        CreateTopicsResponse response = new();
        response.Topics.AddRange(request.Topics.Select(asked => Refuse(asked, error, null)));
        return response;
    }

    private static CreateTopicsResponse.CreatableTopicResult Create(CreateTopicsRequest.CreatableTopic asked, EmbeddedCluster cluster, bool validateOnly)
    {
        if (TopicName.Validate(asked.Name) is { } badName)
        {
            return Refuse(asked, ErrorCode.InvalidTopicException, $"Topic name is invalid: {badName}.");
        }

        if (cluster.Topics.Find(asked.Name) is not null)
        {
            return Refuse(asked, ErrorCode.TopicAlreadyExists, $"Topic '{asked.Name}' already exists.");
        }

        if (cluster.Topics.FindCollision(asked.Name) is { } other)
        {
            return Refuse(asked, ErrorCode.InvalidTopicException, $"Topic '{asked.Name}' collides with existing topic: {other}");
        }

        string? wrong = TryAssign(asked, cluster, out int[][] assignment, out ErrorCode error);
        if (wrong is not null)
        {
            return Refuse(asked, error, wrong);
        }

        if (CheckConfigs(asked, out ConfigOverrides overrides) is { } badSetting)
        {
            return Refuse(asked, ErrorCode.InvalidConfig, badSetting);
        }

        TopicConfig config = new(cluster.Configs);
        config.Replace(overrides);
        Guid id = validateOnly ? Guid.Empty : cluster.CreateTopic(asked.Name, assignment, config).Id;
        return Describe(asked.Name, id, assignment, config);
    }

    /// <summary>What is wrong with the settings; null when all is well.</summary>
    private static string? CheckConfigs(CreateTopicsRequest.CreatableTopic asked, out ConfigOverrides overrides)
    {
        overrides = [];
        foreach (CreateTopicsRequest.CreatableTopicConfig setting in asked.Configs)
        {
            if (setting.Value is null)
            {
                return $"Null value not supported for topic configs: {setting.Name}";
            }

            overrides[setting.Name] = setting.Value;
        }

        return TopicConfig.Check(overrides);
    }

    /// <summary>Finds the replicas of each partition. Returns what is wrong with the wish, null when all is well.</summary>
    private static string? TryAssign(CreateTopicsRequest.CreatableTopic asked, EmbeddedCluster cluster, out int[][] assignment, out ErrorCode error)
    {
        assignment = [];
        if (asked.Assignments.Count > 0)
        {
            return TryTakeAssignment(asked, cluster, out assignment, out error);
        }

        int partitions = asked.NumPartitions == -1 ? cluster.DefaultPartitions : asked.NumPartitions;
        if (partitions <= 0)
        {
            error = ErrorCode.InvalidPartitions;
            return "Number of partitions was set to an invalid non-positive value.";
        }

        if (partitions > TopicRegistry.MaxPartitions)
        {
            error = ErrorCode.PolicyViolation;
            return $"{partitions} partitions are too many for one topic; this broker takes {TopicRegistry.MaxPartitions}.";
        }

        int replicas = asked.ReplicationFactor == -1 ? cluster.DefaultReplicationFactor : asked.ReplicationFactor;
        error = ErrorCode.InvalidReplicationFactor;
        if (replicas <= 0)
        {
            return "Replication factor must be larger than 0, or -1 to use the default value.";
        }

        if (replicas > cluster.Brokers.Count)
        {
            return $"Unable to replicate the partition {replicas} time(s): The target replication factor of {replicas} cannot be reached because only "
                + $"{cluster.Brokers.Count} broker(s) are registered.";
        }

        error = ErrorCode.None;
        assignment = cluster.Assign(partitions, replicas);
        return null;
    }

    private static string? TryTakeAssignment(CreateTopicsRequest.CreatableTopic asked, EmbeddedCluster cluster, out int[][] assignment, out ErrorCode error)
    {
        assignment = [];
        if (asked.ReplicationFactor != -1 || asked.NumPartitions != -1)
        {
            error = ErrorCode.InvalidRequest;
            return "A manual partition assignment was specified, but the number of partitions or the replication factor was not set to -1.";
        }

        error = ErrorCode.InvalidReplicaAssignment;
        int[][] taken = new int[asked.Assignments.Count][];
        foreach (CreateTopicsRequest.CreatableReplicaAssignment wish in asked.Assignments)
        {
            if ((uint)wish.PartitionIndex >= (uint)taken.Length || taken[wish.PartitionIndex] is not null)
            {
                return "Partitions should be a consecutive 0-based integer sequence, each named once.";
            }

            int? replicationFactor = taken.FirstOrDefault(known => known is not null)?.Length;
            string? wrong = ManualAssignment.Check(wish.BrokerIds, replicationFactor, cluster)
                ?? ManualAssignment.CheckLive(wish.BrokerIds, wish.PartitionIndex, cluster);
            if (wrong is not null)
            {
                return wrong;
            }

            taken[wish.PartitionIndex] = [.. wish.BrokerIds];
        }

        error = ErrorCode.None;
        assignment = taken;
        return null;
    }

    private static CreateTopicsResponse.CreatableTopicResult Describe(string name, Guid id, int[][] assignment, TopicConfig config)
    {
        CreateTopicsResponse.CreatableTopicResult result = new()
        {
            Name = name,
            TopicId = id,
            ErrorMessage = null,
            NumPartitions = assignment.Length,
            ReplicationFactor = (short)assignment[0].Length,
            Configs = new List<CreateTopicsResponse.CreatableTopicConfigs>(TopicSettings.All.Length),
        };
        foreach (ConfigSetting setting in TopicSettings.All)
        {
            (string? value, ConfigSource source) = config.Get(setting);
            result.Configs.Add(new CreateTopicsResponse.CreatableTopicConfigs { Name = setting.Name, Value = value, ConfigSource = (sbyte)source });
        }

        return result;
    }

    private static CreateTopicsResponse.CreatableTopicResult Refuse(CreateTopicsRequest.CreatableTopic asked, ErrorCode error, string? message) =>
        new() { Name = asked.Name, ErrorCode = (short)error, ErrorMessage = message, Configs = [] };
}
