using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Metadata;
using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Tests.Metadata;

/// <summary>Metadata, look-ups and topics against the embedded broker, over TCP and in memory.</summary>
public sealed class EmbeddedClusterTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(KafkaTestTransport.Tcp)]
    [InlineData(KafkaTestTransport.InMemory)]
    public async Task Topics_are_created_listed_described_and_found(KafkaTestTransport kind)
    {
        await using KafkaTestCluster cluster = await KafkaTestCluster.StartAsync(new KafkaTestClusterOptions { Transport = kind, AutoCreateTopics = false });
        KafkaClient client = new(new KafkaClientOptions { BootstrapServers = cluster.BootstrapServers, Transport = cluster.Transport });
        await client.Topics.CreateAsync(new NewTopic { Name = "orders", Partitions = 6, ReplicationFactor = 1 });
        TopicMetadata topic = await client.Cluster.Metadata.GetTopicAsync("orders", Limit, default);
        Assert.Equal(6, topic.Partitions.Length);
        Assert.NotEqual(Guid.Empty, topic.Id);
        Assert.All(topic.Partitions, p => Assert.True(client.Cluster.Metadata.Current.TryGetBroker(p.Leader, out _)));
        Assert.Equal(["orders"], (await client.Topics.ListAsync()).Select(t => t.Name));
        Assert.Equal(topic.Id, (await client.Topics.DescribeAsync("orders")).Id);
        BrokerEndpoint coordinator = await client.Cluster.Coordinators.FindAsync(CoordinatorType.Group, "g", Limit, default);
        Assert.Equal(topic.Partitions[0].Leader, coordinator.Id);

        KafkaBrokerException twice = await Assert.ThrowsAsync<KafkaBrokerException>(
            () => client.Topics.CreateAsync(new NewTopic { Name = "orders", Partitions = 1, ReplicationFactor = 1 }));
        Assert.Equal(ErrorCode.TopicAlreadyExists, twice.Code);
        KafkaBrokerException missing = await Assert.ThrowsAsync<KafkaBrokerException>(() => client.Topics.DescribeAsync("nix"));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, missing.Code);
        await client.DisposeAsync();
        Assert.Equal(0, client.Runtime.Buffers.OutstandingBuffers);
    }
}
