using System.Text;
using System.Text.Json;
using HighPerf.Kafka.Interop.Tests.Peers;

namespace HighPerf.Kafka.Interop.Tests.Scenarios;

/// <summary>A group in which our consumer leads and a member of python3-kafka comes and goes: every record is read once, by one of the two.</summary>
public sealed class PythonMixedGroupTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(40);

    [SkippableTheory]
    [InlineData("range", 4)]
    [InlineData("roundrobin", 3)]
    public Task A_member_of_python3_kafka_joins_ours_and_leaves(string assignor, int ourShare) => PythonScenario.RunAsync(async scenario =>
    {
        await scenario.CreateTopicAsync("a", 3);
        await scenario.CreateTopicAsync("b", 3);
        await using KafkaClient client = new(new KafkaClientOptions { BootstrapServers = scenario.BootstrapServers, ClientId = "A" });
        await using KafkaProducer<byte[], byte[]> producer = client.CreateProducer<byte[], byte[]>();
        KafkaConsumer<byte[], byte[]> ours = client.CreateConsumer<byte[], byte[]>(new ConsumerOptions
        {
            GroupId = "mixed",
            PartitionAssignors = [assignor == "range" ? PartitionAssignors.Range : PartitionAssignors.RoundRobin],
            SessionTimeout = TimeSpan.FromSeconds(6),
            HeartbeatInterval = TimeSpan.FromMilliseconds(100),
            AutoCommitInterval = TimeSpan.FromMilliseconds(200),
            FetchMaxWait = TimeSpan.FromMilliseconds(50),
        });
        ours.Subscribe("a", "b");
        List<string> read = [];
        await ReadUntilAsync(ours, read, () => ours.Assignment.Count == 6);
        await ProduceAsync(producer, 5, "x");
        await ReadUntilAsync(ours, read, () => read.Count == 30);

        Task<JsonDocument> playing = PythonScenario.PlayAsync(scenario, "python_member.py", assignor, "mixed");
        await ReadUntilAsync(ours, read, () => playing.IsCompleted || ours.Assignment.Count == ourShare);
        await ProduceAsync(producer, 5, "y");
        await ReadUntilAsync(ours, read, () => playing.IsCompleted || read.Count == 30 + (5 * ourShare));
        await ProduceAsync(producer, 1, "stop");
        await ReadUntilAsync(ours, read, () => playing.IsCompleted && ours.Assignment.Count == 6);
        using JsonDocument seen = await playing;
        await ProduceAsync(producer, 5, "z");
        await ReadUntilAsync(ours, read, () => read.Count == 30 + (5 * ourShare) + 30);
        await ours.DisposeAsync();

        string[] theirs = [.. seen.RootElement.GetProperty("read").EnumerateArray().Select(static place => place.GetString()!)];
        Assert.Equal(6 - ourShare, seen.RootElement.GetProperty("owned").GetArrayLength());
        Assert.Equal(5 * (6 - ourShare), theirs.Length);
        Assert.Equal(90, read.Concat(theirs).Distinct().Count());
        await using KafkaConsumer<byte[], byte[]> after = client.CreateConsumer<byte[], byte[]>(new ConsumerOptions { GroupId = "mixed" });
        TopicPartition[] all = [.. "ab".SelectMany(static topic => Enumerable.Range(0, 3).Select(i => new TopicPartition($"{topic}", i)))];
        Assert.All(await after.CommittedAsync(all), static place => Assert.Equal(16, place.Offset));
    });

    private static async Task ProduceAsync(KafkaProducer<byte[], byte[]> producer, int count, string value)
    {
        for (int i = 0; i < count; i++)
        {
            foreach (char topic in "ab")
            {
                for (int partition = 0; partition < 3; partition++)
                {
                    await producer.SendAsync(new ProduceRecord<byte[], byte[]>($"{topic}", [], Encoding.UTF8.GetBytes(value)) { Partition = partition });
                }
            }
        }
    }

    // Reads until it holds, and what is there then to its end, so that the last record counts as processed.
    private static async Task ReadUntilAsync(KafkaConsumer<byte[], byte[]> consumer, List<string> read, Func<bool> holds)
    {
        using CancellationTokenSource limit = new(Limit);
        while (!holds())
        {
            using CancellationTokenSource look = CancellationTokenSource.CreateLinkedTokenSource(limit.Token);
            look.CancelAfter(TimeSpan.FromMilliseconds(50));
            try
            {
                await consumer.WaitToReadAsync(look.Token);
            }
            catch (OperationCanceledException) when (!limit.IsCancellationRequested)
            {
            }

            while (consumer.TryRead(out ConsumedRecord<byte[], byte[]> record))
            {
                if (!record.Value.AsSpan().SequenceEqual("stop"u8))
                {
                    read.Add($"{record.Topic}{record.Partition}@{record.Offset}");
                }
            }
        }
    }
}
