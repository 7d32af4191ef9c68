using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Interop.Tests.Peers;
using HighPerf.Kafka.Metadata;

namespace HighPerf.Kafka.Interop.Tests;

/// <summary>Connections, metadata and look-ups of our client on brokers written by others.</summary>
public sealed class ClientOnMockClusterTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [SkippableFact]
    public async Task W2_the_answer_of_the_mock_to_a_newer_ApiVersions_is_survived_and_metadata_comes()
    {
        Librdkafka.Require();
        using LibrdkafkaMockCluster cluster = new(3);
        cluster.CreateTopic("orders", 6, 3);
        KafkaClient client = new(new KafkaClientOptions { BootstrapServers = cluster.BootstrapServers });
        TopicMetadata topic = await client.Cluster.Metadata.GetTopicAsync("orders", Limit, default);
        Assert.Equal(6, topic.Partitions.Length);
        Assert.Equal([1, 2, 3], client.Cluster.Metadata.Current.Brokers.Select(b => b.Id));
        Assert.All(topic.Partitions, p => Assert.InRange(p.Leader, 1, 3));
        BrokerEndpoint coordinator = await client.Cluster.Coordinators.FindAsync(CoordinatorType.Group, "g", Limit, default);
        Assert.InRange(coordinator.Id, 1, 3);
        Assert.Contains("orders", (await client.Topics.ListAsync()).Select(t => t.Name));
        await client.DisposeAsync();
        Assert.Equal(0, client.Runtime.Buffers.OutstandingBuffers);
    }

    [SkippableFact]
    public async Task P15_the_answers_of_the_mock_to_acks_0_are_overlooked_and_every_record_comes_once_and_in_order()
    {
        Librdkafka.Require();
        using LibrdkafkaMockCluster cluster = new(1);
        cluster.CreateTopic("silent", 1);
        await using KafkaClient client = new(new KafkaClientOptions { BootstrapServers = cluster.BootstrapServers });
        await using KafkaProducer<string, string> producer = client.CreateProducer<string, string>(new ProducerOptions { Acks = Acks.None });
        for (int i = 0; i < 200; i++)
        {
            Assert.Equal(-1, (await producer.SendAsync("silent", "k", $"{i}").AsTask().WaitAsync(Limit)).Offset);
        }

        await using KafkaConsumer<string, string> consumer = client.CreateConsumer<string, string>();
        consumer.Assign(new TopicPartitionOffset("silent", 0, TopicPartitionOffset.Beginning));
        using CancellationTokenSource limit = new(Limit);
        List<string> read = [];
        while (read.Count < 200)
        {
            Assert.True(await consumer.WaitToReadAsync(limit.Token));
            while (consumer.TryRead(out ConsumedRecord<string, string> record))
            {
                read.Add(record.Value);
            }
        }

        Assert.Equal(Enumerable.Range(0, 200).Select(i => $"{i}"), read);
    }

    [SkippableFact]
    public async Task P15_what_was_handed_to_the_network_arrives_though_the_producer_is_closed_at_once()
    {
        Librdkafka.Require();
        using LibrdkafkaMockCluster cluster = new(1);
        cluster.CreateTopic("closed", 1);
        await using KafkaClient client = new(new KafkaClientOptions { BootstrapServers = cluster.BootstrapServers });
        for (int i = 0; i < 20; i++)
        {
            // The mock answers, which a connection that is closed already answers with a reset.
            await using KafkaProducer<string, string> producer = client.CreateProducer<string, string>(new ProducerOptions { Acks = Acks.None });
            await producer.EnqueueAsync("closed", "k", $"{i}-0").AsTask().WaitAsync(Limit);
            await producer.FlushAsync().WaitAsync(Limit);
            await producer.EnqueueAsync("closed", "k", $"{i}-1").AsTask().WaitAsync(Limit);
        }

        await using KafkaConsumer<string, string> consumer = client.CreateConsumer<string, string>();
        consumer.Assign(new TopicPartitionOffset("closed", 0, TopicPartitionOffset.Beginning));
        using CancellationTokenSource limit = new(Limit);
        List<string> read = [];
        while (read.Count < 40)
        {
            Assert.True(await consumer.WaitToReadAsync(limit.Token));
            while (consumer.TryRead(out ConsumedRecord<string, string> record))
            {
                read.Add(record.Value);
            }
        }

        Assert.Equal(Enumerable.Range(0, 20).SelectMany(i => (string[])[$"{i}-0", $"{i}-1"]), read);
    }

    [SkippableFact]
    public async Task A_leader_that_moves_is_seen_with_the_next_refresh()
    {
        Librdkafka.Require();
        using LibrdkafkaMockCluster cluster = new(2);
        cluster.CreateTopic("moving", 1);
        cluster.SetLeader("moving", 0, 1);
        await using KafkaClient client = new(new KafkaClientOptions { BootstrapServers = cluster.BootstrapServers });
        Assert.Equal(1, (await client.Cluster.Metadata.GetTopicAsync("moving", Limit, default)).LeaderOf(0));
        cluster.SetLeader("moving", 0, 2);
        ClusterMetadata view = await client.Cluster.Metadata.RefreshAsync(Limit, default);
        Assert.True(view.TryGetTopic("moving", out TopicMetadata? topic));
        Assert.Equal(2, topic.LeaderOf(0));
    }

    [SkippableFact]
    public async Task Two_members_share_a_topic_of_the_mock_commit_and_hand_over()
    {
        Librdkafka.Require();
        using LibrdkafkaMockCluster cluster = new(3);
        cluster.CreateTopic("shared", 4, 3);
        await using KafkaClient client = new(new KafkaClientOptions { BootstrapServers = cluster.BootstrapServers });
        await using (KafkaProducer<string, string> producer = client.CreateProducer<string, string>())
        {
            for (int i = 0; i < 400; i++)
            {
                await producer.EnqueueAsync(new ProduceRecord<string, string>("shared", "k", $"{i}") { Partition = i % 4 });
            }
        }

        ConsumerOptions options = new()
        {
            GroupId = "mocked",
            PartitionAssignors = [PartitionAssignors.Range],
            SessionTimeout = TimeSpan.FromSeconds(6),
            HeartbeatInterval = TimeSpan.FromMilliseconds(200),
        };
        KafkaConsumer<string, string> first = client.CreateConsumer<string, string>(options);
        first.Subscribe("shared");
        SortedSet<int> read = [];
        await ReadAsync(first, read, () => read.Count == 400);
        await first.CommitAsync().AsTask().WaitAsync(Limit);
        Assert.Equal([100L, 100, 100, 100], (await first.CommittedAsync(AllOf(4))).Select(static place => place.Offset));

        await using KafkaConsumer<string, string> second = client.CreateConsumer<string, string>(options);
        second.Subscribe("shared");
        SortedSet<int> again = [];
        using CancellationTokenSource end = new();
        Task reading = ReadAsync(second, again, () => second.Assignment.Count == 2, end.Token);
        await ReadAsync(first, read, () => first.Assignment.Count == 2 && second.Assignment.Count == 2);
        await reading.WaitAsync(Limit);
        Assert.Empty(first.Assignment.Intersect(second.Assignment));
        await first.DisposeAsync();
        await ReadAsync(second, again, () => second.Assignment.Count == 4);
        Assert.Empty(again);
    }

    private static TopicPartition[] AllOf(int partitions) => [.. Enumerable.Range(0, partitions).Select(static i => new TopicPartition("shared", i))];

    private static async Task ReadAsync(
        KafkaConsumer<string, string> consumer, SortedSet<int> read, Func<bool> isEnough, CancellationToken cancellationToken = default)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        while (!isEnough())
        {
            using CancellationTokenSource look = CancellationTokenSource.CreateLinkedTokenSource(limit.Token);
            look.CancelAfter(TimeSpan.FromMilliseconds(100));
            try
            {
                await consumer.WaitToReadAsync(look.Token);
            }
            catch (OperationCanceledException) when (!limit.IsCancellationRequested)
            {
            }

            while (consumer.TryRead(out ConsumedRecord<string, string> record))
            {
                Assert.True(read.Add(int.Parse(record.Value, System.Globalization.CultureInfo.InvariantCulture)), $"{record.Value} was read twice");
            }
        }
    }
}
