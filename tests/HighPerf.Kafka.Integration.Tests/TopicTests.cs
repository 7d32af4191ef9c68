using HighPerf.Kafka.Integration.Tests.Servers;

namespace HighPerf.Kafka.Integration.Tests;

/// <summary>Topics, on every server.</summary>
public sealed class TopicTests
{
    public static TheoryData<ServerKind> Servers => TestServer.All;

    [SkippableTheory]
    [MemberData(nameof(Servers))]
    public async Task A_topic_is_described_with_leaders_that_are_brokers(ServerKind kind)
    {
        await using TestServer server = await TestServer.StartAsync(kind);
        string topic = await server.CreateTopicAsync(6);
        await using KafkaClient client = server.CreateClient();
        TopicDescription described = await client.Topics.DescribeAsync(topic);
        Assert.Equal(topic, described.Name);
        Assert.Equal(Enumerable.Range(0, 6), described.Partitions.Select(static partition => partition.Partition));
        Assert.All(described.Partitions, static partition => Assert.Contains(partition.Leader, partition.Replicas));
        Assert.Contains(topic, (await client.Topics.ListAsync()).Select(static listed => listed.Name));
    }

    [SkippableTheory]
    [MemberData(nameof(Servers))]
    public async Task A_topic_is_created_once_and_gone_after_deletion(ServerKind kind)
    {
        await using TestServer server = await TestServer.StartAsync(kind, ServerFeatures.TopicAdministration | ServerFeatures.NoAutoCreation);
        string topic = await server.CreateTopicAsync(2);
        await using KafkaClient client = server.CreateClient();
        Guid first = (await client.Topics.DescribeAsync(topic)).Id;
        KafkaBrokerException twice = await Assert.ThrowsAsync<KafkaBrokerException>(() => client.Topics.CreateAsync(new NewTopic { Name = topic }));
        Assert.Equal(ErrorCode.TopicAlreadyExists, twice.Code);
        await client.Topics.DeleteAsync(topic);
        KafkaBrokerException gone = await Assert.ThrowsAsync<KafkaBrokerException>(() => client.Topics.DescribeAsync(topic));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, gone.Code);
        await client.Topics.CreateAsync(new NewTopic { Name = topic, Partitions = 1 });
        Assert.NotEqual(first, (await client.Topics.DescribeAsync(topic)).Id);
    }

    [SkippableTheory]
    [MemberData(nameof(Servers))]
    public async Task Bad_wishes_are_refused_with_a_reason(ServerKind kind)
    {
        await using TestServer server = await TestServer.StartAsync(kind, ServerFeatures.TopicAdministration);
        await using KafkaClient client = server.CreateClient();
        KafkaBrokerException name = await Assert.ThrowsAsync<KafkaBrokerException>(() => client.Topics.CreateAsync(new NewTopic { Name = "no spaces" }));
        Assert.Equal(ErrorCode.InvalidTopicException, name.Code);
        KafkaBrokerException copies = await Assert.ThrowsAsync<KafkaBrokerException>(
            () => client.Topics.CreateAsync(new NewTopic { Name = $"it-{Guid.NewGuid():N}", ReplicationFactor = 100 }));
        Assert.Equal(ErrorCode.InvalidReplicationFactor, copies.Code);
        KafkaBrokerException setting = await Assert.ThrowsAsync<KafkaBrokerException>(() => client.Topics.CreateAsync(
            new NewTopic { Name = $"it-{Guid.NewGuid():N}", Configuration = [KeyValuePair.Create("no.such.setting", "1")] }));
        Assert.Equal(ErrorCode.InvalidConfig, setting.Code);
    }
}
