using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Testing.Tests;

/// <summary>Requests in their simplest form.</summary>
internal static class Requests
{
    public static readonly Guid NoSuchTopic = new("00000001-0002-0003-0004-000000000005");

    public static ProduceRequest Produce(string topic, int partition, byte[]? records, short acks = -1, Guid id = default) => new()
    {
        Acks = acks,
        TimeoutMs = 1000,
        TopicData =
        [
            new ProduceRequest.TopicProduceData
            {
                Name = topic,
                TopicId = id,
                PartitionData = [new ProduceRequest.PartitionProduceData { Index = partition, Records = records }],
            },
        ],
    };

    public static CreateTopicsRequest CreateTopic(string name, params (string Name, string Value)[] configs) => new()
    {
        Topics =
        [
            new CreateTopicsRequest.CreatableTopic
            {
                Name = name,
                NumPartitions = 1,
                ReplicationFactor = 1,
                Configs = [.. configs.Select(config => new CreateTopicsRequest.CreatableTopicConfig { Name = config.Name, Value = config.Value })],
            },
        ],
    };

    public static FetchRequest Fetch(
        string topic,
        int partition,
        long offset,
        int maxWaitMs = 0,
        int minBytes = 1,
        int maxBytes = 1 << 20,
        int partitionMaxBytes = 1 << 20,
        Guid id = default) => new()
    {
        MaxWaitMs = maxWaitMs,
        MinBytes = minBytes,
        MaxBytes = maxBytes,
        Topics =
        [
            new FetchRequest.FetchTopic
            {
                Topic = topic,
                TopicId = id,
                Partitions = [new FetchRequest.FetchPartition { Partition = partition, FetchOffset = offset, PartitionMaxBytes = partitionMaxBytes }],
            },
        ],
    };

    public static ListOffsetsRequest ListOffsets(string topic, int partition, long timestamp) => new()
    {
        ReplicaId = -1,
        Topics =
        [
            new ListOffsetsRequest.ListOffsetsTopic
            {
                Name = topic,
                Partitions = [new ListOffsetsRequest.ListOffsetsPartition { PartitionIndex = partition, Timestamp = timestamp }],
            },
        ],
    };

    public static MetadataRequest Metadata(params string[] topics) => new()
    {
        Topics = [.. topics.Select(topic => new MetadataRequest.MetadataRequestTopic { Name = topic })],
    };

    public static ProduceResponse.PartitionProduceResponse Single(this ProduceResponse response) =>
        Assert.Single(Assert.Single(response.Responses).PartitionResponses);

    public static FetchResponse.PartitionData Single(this FetchResponse response) => Assert.Single(Assert.Single(response.Responses).Partitions);

    public static ListOffsetsResponse.ListOffsetsPartitionResponse Single(this ListOffsetsResponse response) =>
        Assert.Single(Assert.Single(response.Topics).Partitions);

    public static DescribeConfigsResponse.DescribeConfigsResourceResult Get(this DescribeConfigsResponse.DescribeConfigsResult result, string name) =>
        Assert.Single(result.Configs, config => config.Name == name);

    /// <summary>Every version of a request.</summary>
    public static IEnumerable<short> Versions(short from, short to) => Enumerable.Range(from, to - from + 1).Select(version => (short)version);
}
