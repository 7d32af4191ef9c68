using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Testing.Tests.Handlers;

public sealed class MetadataTests
{
    [Fact]
    public void Every_version_describes_cluster_and_topics() => TestBroker.Simulate(async broker =>
    {
        Guid id = await broker.CreateTopicAsync("t", partitions: 3);
        RawClient client = await broker.ConnectAsync();
        foreach (short version in Requests.Versions(0, 13))
        {
            MetadataResponse response = await client.CallAsync(Requests.Metadata("t"), version);
            MetadataResponse.MetadataResponseBroker node = Assert.Single(response.Brokers);
            Assert.Equal((1, broker.Broker.Host, broker.Broker.Port), (node.NodeId, node.Host, node.Port));
            Assert.Equal(version >= 2 ? broker.Cluster.ClusterId : null, response.ClusterId);
            Assert.Equal(version >= 1 ? 1 : -1, response.ControllerId);
            MetadataResponse.MetadataResponseTopic topic = Assert.Single(response.Topics);
            Assert.Equal(("t", 0, false), (topic.Name, topic.ErrorCode, topic.IsInternal));
            Assert.Equal(version >= 10 ? id : default, topic.TopicId);
            Assert.Equal([0, 1, 2], topic.Partitions.Select(partition => partition.PartitionIndex));
            Assert.All(topic.Partitions, partition => Assert.Equal((0, 1), (partition.ErrorCode, partition.LeaderId)));
            Assert.All(topic.Partitions, partition => Assert.Equal(version >= 7 ? 0 : -1, partition.LeaderEpoch));
            Assert.All(topic.Partitions, partition => Assert.Equal([1], partition.ReplicaNodes));
            Assert.All(topic.Partitions, partition => Assert.Equal([1], partition.IsrNodes));
        }
    });

    [Fact]
    public void All_topics_and_no_topics_are_told_apart() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("b");
        await broker.CreateTopicAsync("a");
        RawClient client = await broker.ConnectAsync();

        // Before version 1 an empty list means all.
        Assert.Equal(["b", "a"], await Names(client, new MetadataRequest { Topics = [] }, 0));
        Assert.Empty(await Names(client, new MetadataRequest { Topics = [] }, 1));
        Assert.Equal(["b", "a"], await Names(client, new MetadataRequest { Topics = null }, 1));
        Assert.Equal(["b", "a"], await Names(client, new MetadataRequest { Topics = null }, 13));
    });

    [Theory]
    [InlineData(3, true, true, ErrorCode.None)]
    [InlineData(9, true, true, ErrorCode.None)]
    [InlineData(9, false, true, ErrorCode.UnknownTopicOrPartition)]
    [InlineData(9, true, false, ErrorCode.UnknownTopicOrPartition)]
    [InlineData(3, true, false, ErrorCode.UnknownTopicOrPartition)]
    public void A_topic_comes_into_being_when_client_and_cluster_agree(short version, bool client, bool cluster, ErrorCode expected) => TestBroker.Simulate(
        async broker =>
        {
            RawClient raw = await broker.ConnectAsync();
            MetadataRequest request = Requests.Metadata("new");
            request.AllowAutoTopicCreation = client;
            MetadataResponse.MetadataResponseTopic topic = Assert.Single((await raw.CallAsync(request, version)).Topics);

            // The answer that makes the topic does not have it yet, as with a real broker.
            Assert.Equal((ErrorCode.UnknownTopicOrPartition, 0), ((ErrorCode)topic.ErrorCode, topic.Partitions.Count));
            topic = Assert.Single((await raw.CallAsync(request, version)).Topics);
            Assert.Equal(expected, (ErrorCode)topic.ErrorCode);
            Assert.Equal(expected == ErrorCode.None ? 4 : 0, topic.Partitions.Count);
            Assert.Equal(expected == ErrorCode.None, broker.Model.Topics.Find("new") is not null);
        },
        new KafkaTestClusterOptions { AutoCreateTopics = cluster, DefaultPartitions = 4 });

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a b")]
    [InlineData("ä")]
    [InlineData("a/b")]
    public void An_illegal_name_is_refused(string name) => TestBroker.Simulate(async broker =>
    {
        RawClient client = await broker.ConnectAsync();
        MetadataResponse.MetadataResponseTopic topic = Assert.Single((await client.CallAsync(Requests.Metadata(name), 9)).Topics);
        Assert.Equal(ErrorCode.InvalidTopicException, (ErrorCode)topic.ErrorCode);
    });

    [Theory]
    [InlineData(12)]
    [InlineData(13)]
    public void Topics_are_found_by_id(short version) => TestBroker.Simulate(async broker =>
    {
        Guid id = await broker.CreateTopicAsync("t");
        RawClient client = await broker.ConnectAsync();
        MetadataRequest request = new()
        {
            Topics =
            [
                new MetadataRequest.MetadataRequestTopic { TopicId = id, Name = null },
                new MetadataRequest.MetadataRequestTopic { TopicId = Requests.NoSuchTopic, Name = null },
                new MetadataRequest.MetadataRequestTopic { Name = null },
            ],
        };
        MetadataResponse response = await client.CallAsync(request, version);
        Assert.Equal([ErrorCode.None, ErrorCode.UnknownTopicId, ErrorCode.InvalidRequest], response.Topics.Select(topic => (ErrorCode)topic.ErrorCode));
        Assert.Equal(["t", null, null], response.Topics.Select(topic => topic.Name));
        Assert.Equal([id, Requests.NoSuchTopic, default], response.Topics.Select(topic => topic.TopicId));
    });

    [Theory]
    [InlineData(false, int.MinValue, int.MinValue)]
    [InlineData(true, 3576, 8096)]
    public void Operations_are_told_when_asked(bool asked, int topic, int cluster) => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        RawClient client = await broker.ConnectAsync();
        MetadataRequest request = Requests.Metadata("t");
        request.IncludeTopicAuthorizedOperations = asked;
        request.IncludeClusterAuthorizedOperations = asked;
        MetadataResponse response = await client.CallAsync(request, 9);
        Assert.Equal((topic, cluster), (response.Topics[0].TopicAuthorizedOperations, response.ClusterAuthorizedOperations));
    });

    [Fact]
    public void The_cluster_is_described_in_every_version() => TestBroker.Simulate(async broker =>
    {
        RawClient client = await broker.ConnectAsync();
        foreach (short version in Requests.Versions(0, 2))
        {
            DescribeClusterResponse response = await client.CallAsync(new DescribeClusterRequest { IncludeClusterAuthorizedOperations = true }, version);
            Assert.Equal((0, broker.Cluster.ClusterId, 1), (response.ErrorCode, response.ClusterId, response.ControllerId));
            Assert.Equal(8096, response.ClusterAuthorizedOperations);
            Assert.Equal(broker.Broker.Port, Assert.Single(response.Brokers).Port);
        }

        DescribeClusterResponse controllers = await client.CallAsync(new DescribeClusterRequest { EndpointType = 2 }, 1);
        Assert.Equal(ErrorCode.MismatchedEndpointType, (ErrorCode)controllers.ErrorCode);
    });

    private static async Task<IEnumerable<string?>> Names(RawClient client, MetadataRequest request, short version) =>
        (await client.CallAsync(request, version)).Topics.Select(topic => topic.Name);
}
