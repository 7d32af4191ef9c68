using HighPerf.Kafka.Integration.Tests.Servers;

namespace HighPerf.Kafka.Integration.Tests;

/// <summary>What members of a group promise, on every server.</summary>
public sealed class GroupTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static TheoryData<ServerKind> Servers => TestServer.All;

    [SkippableTheory]
    [MemberData(nameof(Servers))]
    public async Task What_one_member_has_committed_the_next_goes_on_behind(ServerKind kind)
    {
        await using TestServer server = await TestServer.StartAsync(kind);
        string topic = await server.CreateTopicAsync(1);
        await using KafkaClient client = server.CreateClient();
        await ProduceAsync(client, topic, 1, 10);
        ConsumerOptions options = Options(topic);
        await using (KafkaConsumer<string, string> first = client.CreateConsumer<string, string>(options))
        {
            first.Subscribe(topic);
            for (int i = 0; i < 4; i++)
            {
                Assert.Equal($"{i}", (await Reading.NextAsync(first)).Value);
            }

            await first.CommitAsync().AsTask().WaitAsync(Limit);
            Assert.Equal(3, (await first.CommittedAsync([new TopicPartition(topic, 0)]))[0].Offset);
            ConsumedRecord<string, string> record = await Reading.NextAsync(first);
            await first.CommitAsync(record).AsTask().WaitAsync(Limit);
        }

        await using KafkaConsumer<string, string> second = client.CreateConsumer<string, string>(options);
        second.Subscribe(topic);
        Assert.Equal("5", (await Reading.NextAsync(second)).Value);
    }

    [SkippableTheory]
    [MemberData(nameof(Servers))]
    public async Task Members_share_and_every_record_is_read_once(ServerKind kind)
    {
        await using TestServer server = await TestServer.StartAsync(kind);
        string topic = await server.CreateTopicAsync(4);
        await using KafkaClient client = server.CreateClient();
        ConsumerOptions options = Options(topic);
        await using KafkaConsumer<string, string> first = client.CreateConsumer<string, string>(options);
        await using KafkaConsumer<string, string> second = client.CreateConsumer<string, string>(options);
        first.Subscribe(topic);
        second.Subscribe(topic);
        List<string> read = [];
        await ReadUntilAsync([first, second], read, () => first.Assignment.Count == 2 && second.Assignment.Count == 2);
        await ProduceAsync(client, topic, 4, 25);
        await ReadUntilAsync([first, second], read, () => read.Count >= 100);
        Assert.Equal((100, 100), (read.Count, read.Distinct().Count()));
        Assert.Empty(first.Assignment.Intersect(second.Assignment));
    }

    [SkippableTheory]
    [MemberData(nameof(Servers))]
    public async Task Handlers_run_at_the_same_time_and_all_is_committed(ServerKind kind)
    {
        await using TestServer server = await TestServer.StartAsync(kind);
        string topic = await server.CreateTopicAsync(4);
        await using KafkaClient client = server.CreateClient();
        await ProduceAsync(client, topic, 4, 50);
        await using KafkaConsumer<string, string> consumer = client.CreateConsumer<string, string>(Options(topic));
        consumer.Subscribe(topic);
        int handled = 0;
        using CancellationTokenSource end = new(Limit);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => consumer.RunAsync(
            async (_, token) =>
            {
                await Task.Yield();
                if (Interlocked.Increment(ref handled) == 200)
                {
                    await end.CancelAsync();
                }
            },
            new ProcessingOptions { Ordering = ProcessingOrdering.ByKey },
            end.Token));
        Assert.Equal(200, handled);
        await consumer.CommitAsync().AsTask().WaitAsync(Limit);
        TopicPartition[] all = [.. Enumerable.Range(0, 4).Select(i => new TopicPartition(topic, i))];
        Assert.All(await consumer.CommittedAsync(all), static place => Assert.Equal(50, place.Offset));
    }

    private static ConsumerOptions Options(string topic) => new()
    {
        GroupId = $"group of {topic}",
        PartitionAssignors = [PartitionAssignors.Range],
        SessionTimeout = TimeSpan.FromSeconds(6),
        HeartbeatInterval = TimeSpan.FromMilliseconds(200),
    };

    private static async Task ProduceAsync(KafkaClient client, string topic, int partitions, int count)
    {
        await using KafkaProducer<string, string> producer = client.CreateProducer<string, string>();
        for (int i = 0; i < count; i++)
        {
            for (int partition = 0; partition < partitions; partition++)
            {
                await producer.EnqueueAsync(new ProduceRecord<string, string>(topic, $"k{i % 5}", $"{(partitions * i) + partition}") { Partition = partition });
            }
        }

        await producer.FlushAsync();
    }

    private static async Task ReadUntilAsync(KafkaConsumer<string, string>[] consumers, List<string> read, Func<bool> holds)
    {
        using CancellationTokenSource limit = new(Limit);
        while (!holds())
        {
            foreach (KafkaConsumer<string, string> consumer in consumers)
            {
                using CancellationTokenSource look = CancellationTokenSource.CreateLinkedTokenSource(limit.Token);
                look.CancelAfter(TimeSpan.FromMilliseconds(20));
                try
                {
                    await consumer.WaitToReadAsync(look.Token);
                }
                catch (OperationCanceledException) when (!limit.IsCancellationRequested)
                {
                }

                while (consumer.TryRead(out ConsumedRecord<string, string> record))
                {
                    read.Add(record.Value);
                }
            }
        }
    }
}
