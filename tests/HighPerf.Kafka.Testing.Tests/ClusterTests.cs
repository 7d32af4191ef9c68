using System.Net;
using System.Net.Sockets;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Testing.Tests;

public sealed class ClusterTests
{
    [Theory]
    [InlineData(KafkaTestTransport.Tcp)]
    [InlineData(KafkaTestTransport.InMemory)]
    public async Task Records_go_in_and_out_over_both_transports(KafkaTestTransport transport)
    {
        await using KafkaTestCluster cluster = await KafkaTestCluster.StartAsync(new KafkaTestClusterOptions { Transport = transport });
        await cluster.CreateTopicAsync("t", partitions: 2);
        RawClient client = await ConnectAsync(cluster);
        byte[] batch = Batches.OfSize(900_000);
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(0, (await client.CallAsync(Requests.Produce("t", 1, batch), 9)).Single().ErrorCode);
        }

        for (int i = 0; i < 20; i++)
        {
            FetchResponse fetched = await client.CallAsync(Requests.Fetch("t", 1, i), 12);
            Assert.Equal(i, Batches.Records(fetched.Single().Records)[0].Offset);
        }

        await client.CloseAsync();
    }

    [Theory]
    [InlineData(KafkaTestTransport.Tcp)]
    [InlineData(KafkaTestTransport.InMemory)]
    public async Task Disposing_closes_what_is_open(KafkaTestTransport transport)
    {
        KafkaTestCluster cluster = await KafkaTestCluster.StartAsync(new KafkaTestClusterOptions { Transport = transport });
        await cluster.CreateTopicAsync("t");
        RawClient idle = await ConnectAsync(cluster);
        RawClient waiting = await ConnectAsync(cluster);
        await waiting.BeginAsync(Requests.Fetch("t", 0, 0, maxWaitMs: 100_000), 12);
        await cluster.DisposeAsync();
        await cluster.DisposeAsync();
        await idle.Closed;
        await waiting.Closed;
        await Assert.ThrowsAsync<ObjectDisposedException>(() => cluster.CreateTopicAsync("u"));
    }

    [Fact]
    public async Task A_plain_socket_is_answered()
    {
        await using KafkaTestCluster cluster = await KafkaTestCluster.StartAsync();
        string[] address = cluster.BootstrapServers.Split(':');
        using Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Parse(address[0]), int.Parse(address[1]));
        await socket.SendAsync(Frames.Request((short)ApiKey.ApiVersions, 0, 5, flexible: false, []));
        byte[] answer = new byte[4 + 4 + 2];
        using NetworkStream stream = new(socket);
        await stream.ReadExactlyAsync(answer);
        Assert.Equal([0, 0, 0, 5, 0, 0], answer[4..]);
    }

    [Fact]
    public async Task A_port_can_be_chosen_and_is_free_again_after_disposing()
    {
        KafkaTestCluster first = await KafkaTestCluster.StartAsync();
        int port = int.Parse(first.BootstrapServers.Split(':')[1]);
        await Assert.ThrowsAsync<IOException>(() => KafkaTestCluster.StartAsync(new KafkaTestClusterOptions { Port = port }));
        await first.DisposeAsync();
        await using KafkaTestCluster second = await KafkaTestCluster.StartAsync(new KafkaTestClusterOptions { Port = port });
        Assert.Equal($"127.0.0.1:{port}", second.BootstrapServers);
    }

    [Fact]
    public async Task Topics_that_cannot_be_are_refused()
    {
        await using KafkaTestCluster cluster = await KafkaTestCluster.StartAsync(new KafkaTestClusterOptions { Transport = KafkaTestTransport.InMemory });
        await cluster.CreateTopicAsync("t");
        await Assert.ThrowsAsync<InvalidOperationException>(() => cluster.CreateTopicAsync("t"));
        await Assert.ThrowsAsync<ArgumentException>(() => cluster.CreateTopicAsync("a b"));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => cluster.CreateTopicAsync("u", 0));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => cluster.CreateTopicAsync("u", 10_001));
    }

    [Fact]
    public async Task Options_that_make_no_sense_are_refused()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => KafkaTestCluster.StartAsync(new KafkaTestClusterOptions { Host = "" }));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => KafkaTestCluster.StartAsync(new KafkaTestClusterOptions { Port = 70_000 }));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => KafkaTestCluster.StartAsync(new KafkaTestClusterOptions { DefaultPartitions = 0 }));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => KafkaTestCluster.StartAsync(new KafkaTestClusterOptions { MaxFrameBytes = -1 }));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => KafkaTestCluster.StartAsync(new KafkaTestClusterOptions { RetentionBytes = -2 }));
    }

    [Fact]
    public async Task A_log_that_throws_does_not_disturb_the_cluster()
    {
        KafkaTestClusterOptions options = new() { Transport = KafkaTestTransport.InMemory, Log = _ => throw new InvalidOperationException() };
        await using KafkaTestCluster cluster = await KafkaTestCluster.StartAsync(options);
        await cluster.CreateTopicAsync("t");
        Assert.Equal(["topic t created with 1 partitions"], cluster.Model.Log.Lines);
    }

    [Fact]
    public async Task Brokers_and_replicas_are_as_many_as_one_says()
    {
        await using KafkaTestCluster cluster = await KafkaTestCluster.StartAsync(brokers: 3);
        Assert.Equal(3, cluster.BootstrapServers.Split(',').Distinct().Count());
        await cluster.CreateTopicAsync("t", 4, 2);
        Assert.All(cluster.Model.Topics.Find("t")!.Partitions, partition => Assert.Equal(2, partition.Replicas.Distinct().Count()));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => cluster.CreateTopicAsync("u", 1, 4));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => cluster.CreateTopicAsync("u", 1, 0));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => KafkaTestCluster.StartAsync(brokers: 0));
    }

    [Fact]
    public void The_same_seed_gives_the_same_run()
    {
        ulong first = TestBroker.Simulate(ExchangeAsync, seed: 5);
        Assert.Equal(first, TestBroker.Simulate(ExchangeAsync, seed: 5));
        Assert.NotEqual(first, TestBroker.Simulate(ExchangeAsync, seed: 6));
    }

    private static Task<RawClient> ConnectAsync(KafkaTestCluster cluster)
    {
        string[] address = cluster.BootstrapServers.Split(':');
        return RawClient.ConnectAsync(new ProductionEnvironment(), cluster.Transport, address[0], int.Parse(address[1]));
    }

    private static async Task ExchangeAsync(TestBroker broker)
    {
        await broker.CreateTopicAsync("t", 2);
        RawClient consumer = await broker.ConnectAsync();
        RawClient producer = await broker.ConnectAsync();
        int pending = await consumer.BeginAsync(Requests.Fetch("t", 0, 0, maxWaitMs: 1000), 12);
        for (int i = 0; i < 20; i++)
        {
            await producer.CallAsync(Requests.Produce("t", i % 2, Batches.OfSize(i * 100)), 9);
        }

        await consumer.EndAsync<FetchRequest, FetchResponse>(pending, 12);
    }
}
