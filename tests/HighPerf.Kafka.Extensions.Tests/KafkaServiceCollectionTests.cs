using HighPerf.Kafka.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace HighPerf.Kafka.Extensions.Tests;

public class KafkaServiceCollectionTests
{
    [Fact]
    public async Task A_container_gives_one_client_and_one_producer_and_delivers_when_it_is_disposed()
    {
        await using KafkaTestCluster cluster = await KafkaTestCluster.StartAsync(new KafkaTestClusterOptions { Transport = KafkaTestTransport.InMemory });
        await cluster.CreateTopicAsync("orders", 1);
        ServiceCollection services = new();
        services.AddKafka(_ => Options(cluster));
        services.AddKafkaProducer<string, string>(new ProducerOptions { Linger = TimeSpan.FromSeconds(30) });
        await using (ServiceProvider provider = services.BuildServiceProvider())
        {
            KafkaProducer<string, string> producer = provider.GetRequiredService<KafkaProducer<string, string>>();
            Assert.Same(producer, provider.GetRequiredService<KafkaProducer<string, string>>());
            Assert.Same(provider.GetRequiredService<KafkaClient>(), provider.GetRequiredService<KafkaClient>());

            // It lingers for longer than the test: only the container's end sends it.
            await producer.EnqueueAsync("orders", "key", "value");
        }

        await using KafkaClient client = new(Options(cluster));
        await using KafkaConsumer<string, string> consumer = client.CreateConsumer<string, string>();
        consumer.Assign(new TopicPartitionOffset("orders", 0, TopicPartitionOffset.Beginning));
        await foreach (ConsumedRecord<string, string> record in consumer.ReadAllAsync())
        {
            Assert.Equal(("key", "value"), (record.Key, record.Value));
            break;
        }
    }

    [Fact]
    public async Task The_containers_clock_and_serialisers_are_used()
    {
        await using KafkaTestCluster cluster = await KafkaTestCluster.StartAsync(new KafkaTestClusterOptions { Transport = KafkaTestTransport.InMemory });
        await cluster.CreateTopicAsync("orders", 1);
        ServiceCollection services = new();
        services.AddSingleton<TimeProvider>(new FrozenClock());
        services.AddSingleton<ISerializer<Version>>(new VersionSerializer());
        services.AddKafka(_ => Options(cluster));
        services.AddKafkaProducer<string, Version>();
        await using ServiceProvider provider = services.BuildServiceProvider();

        RecordMetadata sent = await provider.GetRequiredService<KafkaProducer<string, Version>>().SendAsync("orders", "key", new Version(1, 2));

        Assert.Equal(FrozenClock.Moment.ToUnixTimeMilliseconds(), sent.Timestamp);
    }

    private static KafkaClientOptions Options(KafkaTestCluster cluster) => new() { BootstrapServers = cluster.BootstrapServers, Transport = cluster.Transport };

    /// <summary>The calendar stands still; what measures time goes on.</summary>
    private sealed class FrozenClock : TimeProvider
    {
        public static readonly DateTimeOffset Moment = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Moment;
    }

    private sealed class VersionSerializer : ISerializer<Version>
    {
        public bool IsNull(Version value) => value is null;

        public void Serialize(Version value, System.Buffers.IBufferWriter<byte> destination) =>
            destination.Advance(System.Text.Encoding.UTF8.GetBytes(value.ToString(), destination.GetSpan(32)));
    }
}
