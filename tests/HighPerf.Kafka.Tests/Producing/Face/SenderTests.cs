using System.Text;
using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Tests.Producing.Face;

/// <summary>Senders of bytes, to a topic and to a partition: what stands in the log, and what a caller is told.</summary>
public sealed class SenderTests
{
    private const string Topic = FaceWorld.Topic;

    [Fact]
    public void Every_form_of_a_record_is_in_the_log_as_it_was_given()
    {
        FaceWorld world = new();
        world.Run<string, string>(new ProducerOptions(), async producer =>
        {
            TopicSender sender = producer.ForTopic(Topic);
            Assert.Equal(Topic, sender.Topic);
            await sender.WaitToSendAsync();
            Assert.True(sender.TrySend("k"u8, "v0"u8));
            Assert.True(sender.TrySend("v1"u8));
            Assert.True(sender.TrySend(RawRecord.Tombstone("k"u8)));
            Assert.True(sender.TrySend(new RawRecord { Value = "v3"u8 }));
            Assert.True(sender.TrySend(new RawRecord()));
            Assert.True(sender.TrySend(new RawRecord(""u8, ""u8)));
            RecordHeader[] headers = [new("h", "x"u8.ToArray()), new("", null), new("h", ReadOnlyMemory<byte>.Empty)];
            Assert.True(sender.TrySend(new RawRecord("k"u8, "v6"u8) { Headers = headers, Timestamp = 1234, Partition = 0 }));
            Assert.Equal(7, (await sender.SendAsync("k"u8, "v7"u8)).Offset);
            Assert.Equal(new RecordMetadata(Topic, 0, 8, 55), await sender.SendAsync(new RawRecord("v8"u8) { Timestamp = 55 }));
            await sender.EnqueueAsync("k"u8, "v9"u8);
            await sender.EnqueueAsync(new RawRecord("v10"u8) { Timestamp = 0 });
            await producer.FlushAsync();

            List<LoggedRecord> log = world.Records(0);
            Assert.Equal(
                ["k=v0", "-=v1", "k=-", "-=v3", "-=-", "=", "k=v6", "k=v7", "-=v8", "k=v9", "-=v10"],
                log.Select(static r => $"{Text(r.Key)}={Text(r.Value)}"));
            Assert.Equal([("h", "78"), ("", null), ("h", "")], log[6].Headers);
            Assert.Equal((1234, 55, 0), (log[6].Timestamp, log[8].Timestamp, log[10].Timestamp));
            Assert.All(log.Where(static (_, i) => i is not (6 or 8 or 10)), static r => Assert.True(r.Timestamp > 55));
        });
    }

    [Fact]
    public void A_record_made_by_its_initialiser_alone_has_nothing()
    {
        RawRecord record = default;
        Assert.True(record.IsKeyNull && record.IsValueNull && record.Key.IsEmpty && record.Value.IsEmpty && record.Headers.IsEmpty);
        Assert.Equal((-1, -1L), (record.Partition, record.Timestamp));
        RawRecord given = new(""u8, ""u8) { Partition = 0, Timestamp = 0 };
        Assert.False(given.IsKeyNull || given.IsValueNull);
        Assert.Equal((0, 0L), (given.Partition, given.Timestamp));
    }

    [Fact]
    public void What_waits_for_its_topic_is_a_copy()
    {
        FaceWorld world = new();
        world.Run<string, string>(new ProducerOptions(), async producer =>
        {
            TopicSender sender = producer.ForTopic(Topic);
            byte[] bytes = "0"u8.ToArray();
            List<Task> sends = [];
            for (int i = 0; i < 10; i++)
            {
                bytes[0] = (byte)('0' + i);
                RecordHeader[] headers = [new("h", bytes)];
                RawRecord record = new(bytes, bytes) { Headers = headers, Timestamp = i };
                sends.Add(i % 2 == 0 ? sender.SendAsync(record).AsTask() : sender.EnqueueAsync(record).AsTask());
                Assert.False(sender.TrySend(bytes)); // it would overtake
            }

            bytes[0] = (byte)'x';
            await Task.WhenAll(sends);
            await producer.FlushAsync();
            List<LoggedRecord> log = world.Records(0);
            Assert.Equal(
                Enumerable.Range(0, 10).Select(static i => $"{i}{i}3{i}{i}"),
                log.Select(static r => $"{Text(r.Key)}{Text(r.Value)}{r.Headers[0].Value}{r.Timestamp}"));
        });
    }

    [Fact]
    public void What_waits_for_memory_is_a_copy_and_keeps_its_order()
    {
        FaceWorld world = new();
        world.Run<string, string>(Narrow(), async producer =>
        {
            TopicSender sender = producer.ForTopic(Topic);
            await sender.SendAsync("k"u8, "first"u8);
            HeldRequests held = world.Cluster.Faults.Hold(ApiKey.Produce);
            byte[] value = new byte[1000];
            List<Task> enqueued = [];
            for (byte i = 0; i < 30; i++)
            {
                value.AsSpan().Fill(i);
                enqueued.Add(sender.EnqueueAsync("k"u8, value).AsTask());
            }

            value.AsSpan().Fill(255);
            Assert.Contains(enqueued, static task => task.IsCompleted);
            Assert.Contains(enqueued, static task => !task.IsCompleted);
            Assert.False(sender.TrySend("k"u8, value));
            world.Cluster.Faults.Clear();
            await held.ReleaseAllAsync();
            await Task.WhenAll(enqueued);
            await producer.FlushAsync();
            Assert.Equal(Enumerable.Range(0, 30).Select(static i => (byte)i), world.Records(0).Skip(1).Select(static r => r.Value![0]));
            Assert.All(world.Records(0).Skip(1), static r => Assert.Single(r.Value!.Distinct()));
        });
    }

    [Fact]
    public void A_partition_sender_sends_to_its_partition_whatever_the_key()
    {
        FaceWorld world = new(brokers: 2, partitions: 4);
        world.Run<string, string>(new ProducerOptions { Partitioner = Partitioners.RoundRobin() }, async producer =>
        {
            PartitionSender sender = producer.ForPartition(Topic, 2);
            Assert.Equal(new TopicPartition(Topic, 2), sender.TopicPartition);
            await sender.WaitToSendAsync();
            for (int i = 0; i < 20; i++)
            {
                Assert.True(sender.TrySend([(byte)i], "v"u8));
                Assert.True(sender.TrySend("v"u8));
                Assert.True(sender.TrySend(new RawRecord([(byte)i], "v"u8) { Partition = 2 }));
                Assert.Equal(2, (await sender.SendAsync([(byte)i], "v"u8)).Partition);
                await sender.EnqueueAsync([(byte)i], "v"u8);
            }

            Assert.Equal(1, sender.TrySendMany([new byte[] { 1 }]));
            await producer.FlushAsync();
            Assert.Equal([0, 0, 101, 0], Enumerable.Range(0, 4).Select(p => world.Records(p).Count));

            Assert.Throws<ArgumentException>(() => sender.TrySend(new RawRecord("v"u8) { Partition = 1 }));
            await Assert.ThrowsAsync<ArgumentException>(() => sender.SendAsync(new RawRecord("v"u8) { Partition = 1 }).AsTask());
            Assert.Throws<ArgumentOutOfRangeException>(() => producer.ForPartition(Topic, -1));
            PartitionSender beyond = producer.ForPartition(Topic, 4);
            Assert.Throws<ArgumentOutOfRangeException>(() => beyond.TrySend("v"u8));
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => beyond.SendAsync("k"u8, "v"u8).AsTask());
        });
    }

    [Fact]
    public void A_header_without_a_key_is_refused_everywhere_and_nothing_is_sent()
    {
        FaceWorld world = new();
        world.Run<string, string>(new ProducerOptions(), async producer =>
        {
            TopicSender sender = producer.ForTopic(Topic);
            RecordHeader[] headers = [new("fine", null), default];
            await Assert.ThrowsAsync<ArgumentException>(() => sender.SendAsync(new RawRecord("v"u8) { Headers = headers }).AsTask()); // in its turn
            await sender.WaitToSendAsync();
            Assert.Throws<ArgumentException>(() => sender.TrySend(new RawRecord("v"u8) { Headers = headers }));
            await Assert.ThrowsAsync<ArgumentException>(() => sender.SendAsync(new RawRecord("v"u8) { Headers = headers }).AsTask());
            await Assert.ThrowsAsync<ArgumentException>(() => sender.EnqueueAsync(new RawRecord("v"u8) { Headers = headers }).AsTask());
            ProduceRecord<string, string> typed = new(Topic, "k", "v") { Headers = headers };
            await Assert.ThrowsAsync<ArgumentException>(() => producer.SendAsync(typed).AsTask());
            Assert.Throws<ArgumentException>(() => producer.TrySend(typed));
            await producer.FlushAsync();
            Assert.Empty(world.Records(0));
        });
    }

    [Fact]
    public void A_closed_producer_refuses_every_call_of_its_senders()
    {
        FaceWorld world = new();
        world.Run<string, string>(new ProducerOptions(), async producer =>
        {
            TopicSender topic = producer.ForTopic(Topic);
            PartitionSender partition = producer.ForPartition(Topic, 0);
            await topic.SendAsync("k"u8, "v"u8);
            await producer.DisposeAsync();
            Assert.Throws<ObjectDisposedException>(() => topic.TrySend("v"u8));
            Assert.Throws<ObjectDisposedException>(() => partition.TrySend("v"u8));
            Assert.Throws<ObjectDisposedException>(() => topic.TrySendMany([new byte[1]]));
            Assert.Throws<ObjectDisposedException>(() => producer.TrySend(Topic, "k", "v"));
            Assert.Throws<ObjectDisposedException>(() => producer.ForPartition(Topic, 0));
            await Assert.ThrowsAsync<ObjectDisposedException>(() => topic.SendAsync("k"u8, "v"u8).AsTask());
            await Assert.ThrowsAsync<ObjectDisposedException>(() => partition.EnqueueAsync("k"u8, "v"u8).AsTask());
            await Assert.ThrowsAsync<ObjectDisposedException>(() => topic.WaitToSendAsync().AsTask());
            KafkaSendManyException many = await Assert.ThrowsAsync<KafkaSendManyException>(() => topic.SendManyAsync(new ReadOnlyMemory<byte>[2]).AsTask());
            Assert.All(many.Failures, static failure => Assert.IsType<ObjectDisposedException>(failure.Error));
        });
    }

    [Fact]
    public void Cancelling_before_a_record_is_in_its_batch_takes_it_back_and_afterwards_detaches_the_waiter()
    {
        FaceWorld world = new();
        world.Run<string, string>(Narrow(), async producer =>
        {
            TopicSender sender = producer.ForTopic(Topic);
            using CancellationTokenSource early = new();
            Task<RecordMetadata> unknown = sender.SendAsync("k"u8, "unknown topic"u8, early.Token).AsTask();
            early.Cancel();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => unknown);
            await sender.SendAsync("k"u8, "first"u8);

            HeldRequests held = world.Cluster.Faults.Hold(ApiKey.Produce);
            using CancellationTokenSource late = new();
            Task<RecordMetadata> detached = sender.SendAsync("k"u8, "detached"u8, late.Token).AsTask();
            await held.WaitForHeldAsync();
            List<Task> fill = [];
            while (fill.Count == 0 || fill[^1].IsCompleted)
            {
                fill.Add(sender.EnqueueAsync("k"u8, new byte[1000]).AsTask());
            }

            Task<RecordMetadata> waiting = sender.SendAsync("k"u8, "no memory"u8, late.Token).AsTask();
            late.Cancel();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => detached);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sender.SendAsync("k"u8, "too late"u8, late.Token).AsTask());
            world.Cluster.Faults.Clear();
            await held.ReleaseAllAsync();
            await Task.WhenAll(fill);
            await producer.FlushAsync();
            Assert.Equal(["first", "detached"], world.Records(0).Select(static r => Text(r.Value)!).Where(static v => v[0] != 0));
            Assert.Equal(2 + fill.Count, world.Records(0).Count);
        });
    }

    private static ProducerOptions Narrow() => new() { BatchSizeBytes = 2048, MaxRequestSizeBytes = 4096, BufferMemoryBytes = 16 * 1024 };

    private static string Text(byte[]? bytes) => bytes is null ? "-" : Encoding.ASCII.GetString(bytes);
}
