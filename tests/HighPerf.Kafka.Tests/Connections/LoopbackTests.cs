using System.Net;
using System.Net.Sockets;
using HighPerf.Kafka.Metadata;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Runtime;
using HighPerf.Kafka.Tests.Scripting;

namespace HighPerf.Kafka.Tests.Connections;

/// <summary>The same over real sockets: what the simulation cannot show.</summary>
public sealed class LoopbackTests
{
    [Fact]
    public async Task Metadata_comes_over_real_sockets_and_everything_is_given_back()
    {
        ProductionEnvironment environment = new();
        TcpTransport transport = new();
        ScriptedBroker broker = new(environment, transport, "127.0.0.1", 0);
        broker.OnRequest = (connection, request) =>
        {
            MetadataResponse answer = new() { ClusterId = "loopback" };
            answer.Brokers.Add(new MetadataResponse.MetadataResponseBroker { NodeId = 5, Host = "127.0.0.1", Port = broker.Port });
            foreach (MetadataRequest.MetadataRequestTopic topic in request.Message<MetadataRequest>().Topics!)
            {
                MetadataResponse.MetadataResponseTopic told = new() { Name = topic.Name };
                for (int i = 0; i < 5000; i++)
                {
                    told.Partitions.Add(new MetadataResponse.MetadataResponsePartition { PartitionIndex = i, LeaderId = 5, ReplicaNodes = [5, 6, 7] });
                }

                answer.Topics.Add(told);
            }

            connection.Answer(request, answer);
        };
        KafkaClient client = new(new KafkaClientOptions { BootstrapServers = $"127.0.0.1:{broker.Port}" });
        TopicMetadata[] topics = await Task.WhenAll(Enumerable.Range(0, 20).Select(
            i => client.Cluster.Metadata.GetTopicAsync($"t{i}", TimeSpan.FromSeconds(30), default).AsTask()));
        Assert.All(topics, topic => Assert.Equal(5000, topic.Partitions.Length));
        ClusterMetadata[] views = await Task.WhenAll(Enumerable.Range(0, 50).Select(
            _ => Task.Run(() => client.Cluster.Metadata.RefreshAsync(TimeSpan.FromSeconds(30), default))));
        Assert.All(views, view => Assert.Equal("loopback", view.ClusterId));
        await client.DisposeAsync();
        Assert.Equal(0, client.Runtime.Buffers.OutstandingBuffers);
        broker.Stop();
    }

    [Fact]
    public async Task A_host_name_that_cannot_be_resolved_is_told_as_such()
    {
        await using KafkaClient client = new(new KafkaClientOptions { BootstrapServers = "no-such-host.invalid:9092" });
        KafkaTimeoutException error = await Assert.ThrowsAsync<KafkaTimeoutException>(
            async () => await client.Cluster.Metadata.GetTopicAsync("t", TimeSpan.FromSeconds(1), default));
        Assert.Contains("no-such-host.invalid:9092", error.Message);
        Assert.Contains("cannot be resolved", error.Message);
    }

    [Fact]
    public async Task A_port_nobody_listens_on_is_told_as_such()
    {
        using Socket taken = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        int port = ((IPEndPoint)taken.LocalEndPoint!).Port;
        await using KafkaClient client = new(new KafkaClientOptions { BootstrapServers = $"127.0.0.1:{port}" });
        KafkaTimeoutException error = await Assert.ThrowsAsync<KafkaTimeoutException>(
            async () => await client.Cluster.Metadata.GetTopicAsync("t", TimeSpan.FromSeconds(1), default));
        Assert.Contains($"Cannot connect to bootstrap server 127.0.0.1:{port}: the connection was refused", error.Message);
    }
}
