using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Integration.Tests;

/// <summary>The embedded cluster passes for old and new releases of Apache Kafka, and the client finds versions that both know.</summary>
public sealed class ReleaseTests
{
    [Theory]
    [InlineData("2.1")]
    [InlineData("2.4")]
    [InlineData("2.8")]
    [InlineData("3.0")]
    [InlineData("3.3")]
    [InlineData("3.6")]
    [InlineData("3.9")]
    [InlineData("4.0")]
    [InlineData("4.1")]
    [InlineData("trunk")]
    public async Task Records_go_in_and_out(string release)
    {
        KafkaTestClusterOptions options = new() { Transport = KafkaTestTransport.InMemory };
        await using KafkaTestCluster cluster = await KafkaTestCluster.StartAsync(options.AsKafka(release));
        await using KafkaClient client = new(new KafkaClientOptions { BootstrapServers = cluster.BootstrapServers, Transport = cluster.Transport });
        await client.Topics.CreateAsync(new NewTopic { Name = "t", Partitions = 2, ReplicationFactor = 1 });
        await using KafkaProducer<string?, string?> producer = client.CreateProducer<string?, string?>();
        string[] sent = [.. Enumerable.Range(0, 100).Select(static i => $"value {i}")];
        foreach (string value in sent)
        {
            await producer.SendAsync("t", value, value).AsTask().WaitAsync(Reading.Limit);
        }

        List<ConsumedRecord<string?, string?>>[] read = await Reading.ReadAllAsync(client, "t", 2);
        IEnumerable<string?> values = read.SelectMany(static records => records).Select(static record => record.Value);
        Assert.Equal(sent.Order(StringComparer.Ordinal), values.Order(StringComparer.Ordinal));
    }
}
