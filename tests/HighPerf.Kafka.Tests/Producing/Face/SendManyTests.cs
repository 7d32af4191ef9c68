using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Tests.Producing.Face;

/// <summary>Many records by one call: order, what is told of each, and how far a call came that could not do all.</summary>
public sealed class SendManyTests
{
    private const string Topic = FaceWorld.Topic;

    [Fact]
    public void One_wait_for_all_tells_where_each_record_is()
    {
        FaceWorld world = new(brokers: 2, partitions: 3);
        world.Run<string, int>(Small(), async producer =>
        {
            ProduceRecord<string, int>[] records = [.. Enumerable.Range(0, 500).Select(static i => new ProduceRecord<string, int>(Topic, $"{i % 7}", i))];
            RecordMetadata[] acknowledged = new RecordMetadata[600];
            await producer.SendManyAsync(records, acknowledged);
            for (int i = 0; i < records.Length; i++)
            {
                LoggedRecord there = world.Records(acknowledged[i].Partition)[(int)acknowledged[i].Offset];
                Assert.Equal(BitConverter.GetBytes(i).Reverse(), there.Value);
                Assert.Equal(Topic, acknowledged[i].Topic);
            }

            Assert.Equal(500, Enumerable.Range(0, 3).Sum(p => world.Records(p).Count));
            for (int partition = 0; partition < 3; partition++)
            {
                List<LoggedRecord> log = world.Records(partition);
                Assert.Equal(log.OrderBy(static r => Convert.ToHexString(r.Value!), StringComparer.Ordinal), log);
            }

            await producer.SendManyAsync(records);
            await producer.SendManyAsync(default);
            await producer.EnqueueManyAsync(records);
            await producer.FlushAsync();
            Assert.Equal(1500, Enumerable.Range(0, 3).Sum(p => world.Records(p).Count));
            await Assert.ThrowsAsync<ArgumentException>(() => producer.SendManyAsync(records, new RecordMetadata[499]).AsTask());
        });
    }

    [Fact]
    public void What_fails_is_told_by_its_place_and_the_others_are_sent()
    {
        FaceWorld world = new(partitions: 2);
        world.Run<string, string>(Small(), async producer =>
        {
            world.Cluster.Faults.Fail(ApiKey.Produce, ErrorCode.InvalidRecord, Topic, 1);
            ProduceRecord<string, string>[] records =
            [
                new(Topic, "k", "0") { Partition = 0 },
                new(Topic, "k", new string('x', 20_000)) { Partition = 0 },
                new(Topic, "k", "2") { Partition = 1 },
                new(Topic, "k", "3") { Partition = 7 },
                new("", "k", "4"),
                new(Topic, "k", "5") { Partition = 0 },
            ];
            RecordMetadata[] acknowledged = new RecordMetadata[6];
            KafkaSendManyException e = await Assert.ThrowsAsync<KafkaSendManyException>(() => producer.SendManyAsync(records, acknowledged).AsTask());
            Assert.Equal([1, 2, 3, 4], e.Failures.Select(static failure => failure.Index));
            Assert.Equal(DeliveryOutcome.NotWritten, Assert.IsType<KafkaProduceException>(e.Failures[0].Error).Outcome);
            Assert.Equal(ErrorCode.InvalidRecord, Assert.IsType<KafkaProduceException>(e.Failures[1].Error).Code);
            Assert.IsType<ArgumentOutOfRangeException>(e.Failures[2].Error);
            Assert.IsAssignableFrom<ArgumentException>(e.Failures[3].Error);
            Assert.StartsWith("4 of 6 records were not delivered; the first of them is record 1: ", e.Message);
            Assert.Equal([0, -1, -1, -1, -1, 1], acknowledged.Select(static where => where.Offset));
            Assert.Equal(["0", "5"], world.Records(0).Select(static r => System.Text.Encoding.ASCII.GetString(r.Value!)));

            KafkaSendManyException enqueued = await Assert.ThrowsAsync<KafkaSendManyException>(() => producer.EnqueueManyAsync(records).AsTask());
            Assert.Equal([1, 3, 4], enqueued.Failures.Select(static failure => failure.Index));
            Assert.Contains("were not accepted", enqueued.Message);
            await producer.FlushAsync();
            Assert.Equal(4, world.Records(0).Count);
        });
    }

    [Fact]
    public void Trying_says_how_far_it_came_and_what_is_refused_is_told_when_it_comes_first()
    {
        FaceWorld world = new();
        world.Run<string, string>(Small(), async producer =>
        {
            ProduceRecord<string, string>[] records = Numbered();
            Assert.Equal(0, producer.TrySendMany(records)); // the topic is not known yet
            await producer.SendAsync(Topic, "k", "first");
            HeldRequests held = world.Cluster.Faults.Hold(ApiKey.Produce);
            int sent = producer.TrySendMany(records);
            Assert.InRange(sent, 20, 64);
            Assert.Equal(0, producer.TrySendMany(records.AsSpan(sent)));
            world.Cluster.Faults.Clear();
            await held.ReleaseAllAsync();
            await producer.EnqueueManyAsync(records.AsMemory(sent));
            await producer.FlushAsync();
            Assert.Equal(Enumerable.Range(0, 200).Select(static i => $"{i:000}"), Numbers(world));

            records[2] = new ProduceRecord<string, string>(Topic, "k", new string('x', 20_000));
            Assert.Equal(2, producer.TrySendMany(records.AsSpan(0, 5)));
            Assert.Throws<KafkaProduceException>(() => producer.TrySendMany(records.AsSpan(2, 3)));
            Assert.Equal(2, producer.TrySendMany(records.AsSpan(3, 2)));
            await producer.FlushAsync();
            Assert.Equal(205, world.Records(0).Count);
        });
    }

    [Fact]
    public void Cancelling_sends_what_is_in_a_batch_and_no_more_and_leaves_the_callers_memory_alone()
    {
        FaceWorld world = new();
        world.Run<string, string>(Small(), async producer =>
        {
            await producer.SendAsync(Topic, "k", "first");
            HeldRequests held = world.Cluster.Faults.Hold(ApiKey.Produce);
            ProduceRecord<string, string>[] records = Numbered();
            RecordMetadata[] acknowledged = new RecordMetadata[200];
            using CancellationTokenSource cancellation = new();
            Task many = producer.SendManyAsync(records, acknowledged, cancellation.Token).AsTask();
            await held.WaitForHeldAsync();
            cancellation.Cancel();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => many);
            world.Cluster.Faults.Clear();
            await held.ReleaseAllAsync();
            await producer.FlushAsync();
            int there = world.Records(0).Count - 1;
            Assert.InRange(there, 15, 64);
            Assert.Equal(Enumerable.Range(0, there).Select(static i => $"{i:000}"), Numbers(world));
            Assert.All(acknowledged, static where => Assert.Equal(default, where));
        });
    }

    [Fact]
    public void Values_alone_are_sent_in_order_by_the_senders_of_bytes()
    {
        FaceWorld world = new(partitions: 2);
        world.Run<string, string>(Small(), async producer =>
        {
            ReadOnlyMemory<byte>[] values = [.. Enumerable.Range(0, 250).Select(static i => (ReadOnlyMemory<byte>)new byte[] { (byte)i })];
            PartitionSender sender = producer.ForPartition(Topic, 1);
            RecordMetadata[] acknowledged = new RecordMetadata[250];
            await sender.SendManyAsync(values, acknowledged);
            Assert.Equal(Enumerable.Range(0, 250).Select(static i => (1, (long)i)), acknowledged.Select(static a => (a.Partition, a.Offset)));
            await sender.EnqueueManyAsync(values);
            Assert.Equal(250, sender.TrySendMany(values));
            TopicSender topic = producer.ForTopic(Topic);
            await topic.SendManyAsync(values);
            await producer.FlushAsync();
            Assert.Equal(values.Concat(values).Concat(values).Select(static v => v.Span[0]), world.Records(1).Take(750).Select(static r => r.Value![0]));
            Assert.Equal(1000, world.Records(0).Count + world.Records(1).Count);
            Assert.All(world.Records(1), static r => Assert.Null(r.Key));
        });
    }

    [Fact]
    public void Keys_and_values_are_sent_in_order_by_the_senders_of_bytes()
    {
        FaceWorld world = new(partitions: 3);
        world.Run<string, string>(Small(), async producer =>
        {
            KeyValuePair<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>[] records =
                [.. Enumerable.Range(0, 250).Select(static i => Pair([(byte)(i % 7)], [(byte)i]))];
            TopicSender sender = producer.ForTopic(Topic);
            RecordMetadata[] acknowledged = new RecordMetadata[250];
            await sender.SendManyAsync(records, acknowledged);
            for (int i = 0; i < records.Length; i++)
            {
                LoggedRecord there = world.Records(acknowledged[i].Partition)[(int)acknowledged[i].Offset];
                Assert.Equal(records[i].Key.ToArray(), there.Key);
                Assert.Equal(records[i].Value.ToArray(), there.Value);
                Assert.Equal(Partitioners.PartitionOf(records[i].Key.Span, 3), acknowledged[i].Partition);
            }

            await sender.EnqueueManyAsync(records);
            await producer.FlushAsync();
            Assert.Equal(250, sender.TrySendMany(records));
            await producer.ForPartition(Topic, 1).SendManyAsync(new[] { Pair([], []) });
            await producer.FlushAsync();
            Assert.Equal(751, Enumerable.Range(0, 3).Sum(p => world.Records(p).Count));
            LoggedRecord last = world.Records(1)[^1];
            Assert.Empty(last.Key!);
            Assert.Empty(last.Value!);
        });
    }

    private static KeyValuePair<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> Pair(byte[] key, byte[] value) => new(key, value);

    private static ProduceRecord<string, string>[] Numbered() =>
        [.. Enumerable.Range(0, 200).Select(static i => new ProduceRecord<string, string>(Topic, "k", $"{i:000}" + new string('x', 997)))];

    private static IEnumerable<string> Numbers(FaceWorld world) =>
        world.Records(0).Skip(1).Select(static r => System.Text.Encoding.ASCII.GetString(r.Value!, 0, 3));

    private static ProducerOptions Small() => new() { BatchSizeBytes = 4096, MaxRequestSizeBytes = 16 * 1024, BufferMemoryBytes = 64 * 1024 };
}
