using System.Diagnostics;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Testing.Tests;

/// <summary>What is measured over the whole process, and so runs alone.</summary>
[Collection(nameof(MemoryTests))]
[CollectionDefinition(nameof(MemoryTests), DisableParallelization = true)]
public sealed class MemoryTests
{
    [Fact]
    public async Task A_thousand_partitions_and_two_hundred_connections_take_little_memory()
    {
        await using KafkaTestCluster cluster = await KafkaTestCluster.StartAsync(new KafkaTestClusterOptions { Transport = KafkaTestTransport.InMemory });
        long before = GC.GetTotalMemory(forceFullCollection: true);
        await cluster.CreateTopicAsync("t", partitions: 1000);
        List<RawClient> clients = [];
        for (int i = 0; i < 200; i++)
        {
            clients.Add(await ConnectAsync(cluster));
        }

        long clientBuffers = 200 * 64 * 1024;
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before - clientBuffers, 0, 50_000_000);
        GC.KeepAlive(clients);
    }

    [Theory]
    [InlineData(KafkaTestTransport.InMemory)]
    [InlineData(KafkaTestTransport.Tcp)]
    public async Task A_cluster_of_three_starts_in_under_fifty_milliseconds_once_warm(KafkaTestTransport transport)
    {
        // The best of many, because the machine may be busy with something else.
        TimeSpan best = TimeSpan.MaxValue;
        for (int i = 0; i < 20; i++)
        {
            long start = Stopwatch.GetTimestamp();
            await using KafkaTestCluster cluster = await KafkaTestCluster.StartAsync(new KafkaTestClusterOptions { Transport = transport, Brokers = 3 });
            await cluster.CreateTopicAsync("t", 6, 3);
            TimeSpan took = Stopwatch.GetElapsedTime(start);
            best = took < best ? took : best;
        }

        Assert.InRange(best.TotalMilliseconds, 0, 50);
    }

    private static Task<RawClient> ConnectAsync(KafkaTestCluster cluster)
    {
        string[] address = cluster.BootstrapServers.Split(':');
        return RawClient.ConnectAsync(new ProductionEnvironment(), cluster.Transport, address[0], int.Parse(address[1]));
    }
}
