using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Metadata;
using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Administration;

/// <summary>What <see cref="KafkaTopics"/> does. Thread-safe; holds no state.</summary>
internal sealed class TopicOperations
{
    // From this version on -1 stands for the brokers' default number of partitions and copies (KIP-464).
    private const short FirstVersionWithDefaults = 4;

    // Versions below cannot be told not to create the topics they are asked about.
    private const short FirstVersionThatCreatesNothing = 4;

    private readonly ClusterClient _cluster;

    public TopicOperations(ClusterClient cluster) => _cluster = cluster;

    public async Task CreateAsync(NewTopic topic, CancellationToken cancellationToken)
    {
        CreateTopicsRequest message = new() { TimeoutMs = BrokerTimeout() };
        message.Topics.Add(new CreateTopicsRequest.CreatableTopic
        {
            Name = topic.Name,
            NumPartitions = topic.Partitions ?? -1,
            ReplicationFactor = topic.ReplicationFactor ?? -1,
            Configs = [.. topic.Configuration.Select(c => new CreateTopicsRequest.CreatableTopicConfig { Name = c.Key, Value = c.Value })],
        });
        bool usesDefaults = topic.Partitions is null || topic.ReplicationFactor is null;
        await new AdministrationCall(_cluster, $"create topic \"{topic.Name}\"").SendAsync<CreateTopicsRequest, CreateTopicsResponse>(
            message,
            toController: true,
            isReadOnly: false,
            static answer => answer.ThrottleTimeMs,
            (answer, broker) =>
            {
                CreateTopicsResponse.CreatableTopicResult? told = answer.Topics.Find(t => t.Name == topic.Name);
                return Error(ApiKey.CreateTopics, topic.Name, told?.ErrorCode, told?.ErrorMessage, broker);
            },
            cancellationToken,
            usesDefaults ? FirstVersionWithDefaults : (short)0).ConfigureAwait(false);
        _cluster.Metadata.RequestRefresh(topic.Name);
    }

    public async Task DeleteAsync(string topic, CancellationToken cancellationToken)
    {
        DeleteTopicsRequest message = new() { TimeoutMs = BrokerTimeout(), TopicNames = [topic] };
        message.Topics.Add(new DeleteTopicsRequest.DeleteTopicState { Name = topic });
        await new AdministrationCall(_cluster, $"delete topic \"{topic}\"").SendAsync<DeleteTopicsRequest, DeleteTopicsResponse>(
            message,
            toController: true,
            isReadOnly: false,
            static answer => answer.ThrottleTimeMs,
            (answer, broker) =>
            {
                DeleteTopicsResponse.DeletableTopicResult? told = answer.Responses.Find(t => t.Name == topic);
                return Error(ApiKey.DeleteTopics, topic, told?.ErrorCode, told?.ErrorMessage, broker);
            },
            cancellationToken).ConfigureAwait(false);
        _cluster.Metadata.Forget(topic);
    }

    public async Task<IReadOnlyList<TopicDescription>> ListAsync(CancellationToken cancellationToken)
    {
        MetadataResponse answer = await AskAsync("list the topics", null, static (_, _) => null, cancellationToken).ConfigureAwait(false);
        return
        [
            .. answer.Topics.Where(topic => topic.Name is not null && topic.ErrorCode == 0).Select(Describe)
                .OrderBy(topic => topic.Name, StringComparer.Ordinal),
        ];
    }

    public async Task<TopicDescription> DescribeAsync(string topic, CancellationToken cancellationToken)
    {
        MetadataResponse answer = await AskAsync(
            $"describe topic \"{topic}\"",
            [new MetadataRequest.MetadataRequestTopic { Name = topic }],
            (told, broker) =>
            {
                MetadataResponse.MetadataResponseTopic? found = told.Topics.Find(t => t.Name == topic);
                KafkaBrokerException? error = Error(ApiKey.Metadata, topic, found?.ErrorCode, null, broker);

                // It may be about to exist, but who asks for a description wants to know what is there now.
                return error is { Code: ErrorCode.UnknownTopicOrPartition } ? throw error : error;
            },
            cancellationToken).ConfigureAwait(false);
        return Describe(answer.Topics.Find(t => t.Name == topic)!);
    }

    private Task<MetadataResponse> AskAsync(
        string what,
        List<MetadataRequest.MetadataRequestTopic>? topics,
        Func<MetadataResponse, BrokerEndpoint, KafkaBrokerException?> findError,
        CancellationToken cancellationToken)
    {
        MetadataRequest message = new() { Topics = topics, AllowAutoTopicCreation = false };
        return new AdministrationCall(_cluster, what).SendAsync<MetadataRequest, MetadataResponse>(
            message,
            toController: false,
            isReadOnly: true,
            static answer => answer.ThrottleTimeMs,
            findError,
            cancellationToken,
            FirstVersionThatCreatesNothing);
    }

    private int BrokerTimeout() => (int)Math.Min(_cluster.Runtime.Options.RequestTimeout.TotalMilliseconds, int.MaxValue);

    /// <summary>No entry for what was asked is an error of it.</summary>
    private static KafkaBrokerException? Error(ApiKey api, string topic, short? code, string? told, BrokerEndpoint broker)
    {
        ErrorCode error = code is null ? ErrorCode.UnknownServerError : (ErrorCode)code;
        if (error == ErrorCode.None)
        {
            return null;
        }

        string? detail = code is null ? "the answer does not mention the topic" : told ?? (error == ErrorCode.UnknownTopicOrPartition
            ? "the topic does not exist. Check its spelling, or create it"
            : null);
        return new KafkaBrokerException(error, api, broker.ToString(), $"topic \"{topic}\"", detail);
    }

    private static TopicDescription Describe(MetadataResponse.MetadataResponseTopic topic) => new(
        topic.Name!,
        topic.TopicId,
        topic.IsInternal,
        [
            .. topic.Partitions.OrderBy(p => p.PartitionIndex).Select(
                p => new PartitionDescription(p.PartitionIndex, p.LeaderId, p.LeaderEpoch, p.ReplicaNodes, p.IsrNodes)),
        ]);
}
