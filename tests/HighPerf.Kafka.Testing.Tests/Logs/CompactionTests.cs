using System.Text;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Protocol.Records;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Logs;

namespace HighPerf.Kafka.Testing.Tests.Logs;

public sealed class CompactionTests
{
    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Zstd)]
    public void The_last_record_of_each_key_stays_at_its_offset(CompressionType compression) => Simulate(async (broker, client, partition) =>
    {
        await ProduceAsync(client, Batch(compression, ("a", "1"), ("b", "1"), ("a", "2")));
        await ProduceAsync(client, Batch(compression, ("a", "3"), ("c", "1")));
        await ProduceAsync(client, Batch(compression, ("d", "1"), ("b", "2"), ("d", "2")));
        List<LogSlice> before = [];
        partition.Log.Read(0, long.MaxValue, int.MaxValue, wholeFirst: true, before);
        LogSegment segment = before[0].Segment;
        byte[] bytes = [.. segment.Bytes.AsSpan(before[0].Offset, before[0].Count)];

        // As an answer on its way does.
        segment.Pin();

        await broker.Cluster.CompactAsync("t", 0);
        Assert.Equal([(3L, "3"), (4L, "1"), (6L, "2"), (7L, "2")], await ReadAsync(client));
        Assert.True(bytes.AsSpan().SequenceEqual(segment.Bytes.AsSpan(before[0].Offset, before[0].Count)));
        segment.Unpin();
        Assert.Equal((0L, 8L), (partition.Log.StartOffset, partition.Log.EndOffset));

        // The first batch is gone altogether, the last keeps its ends.
        List<RecordBatchHeader> headers = await HeadersAsync(client);
        Assert.Equal([(3L, 4L, 2), (5L, 7L, 2)], headers.Select(header => (header.BaseOffset, header.LastOffset, header.RecordCount)));
        Assert.All(headers, header => Assert.Equal(compression, header.Compression));
        await ProduceAsync(client, Batch(compression, ("a", "4")));
        Assert.Equal(8, (await ReadAsync(client))[^1].Offset);
    });

    [Fact]
    public void The_end_of_the_log_stays_where_it_was() => Simulate(async (broker, client, partition) =>
    {
        await ProduceAsync(client, Batch(CompressionType.None, ("a", "1"), ("b", "1")));
        await ProduceAsync(client, Batch(CompressionType.None, ("b", null), ("b", "2"), ("c", null)));
        await broker.Cluster.CompactAsync("t", 0);
        await broker.WaitAsync(TimeSpan.FromSeconds(2));
        await broker.Cluster.CompactAsync("t", 0);
        Assert.Equal([(0L, "1"), (3L, "2")], await ReadAsync(client));
        Assert.Equal([(0L, 1L), (2L, 4L)], (await HeadersAsync(client)).Select(header => (header.BaseOffset, header.LastOffset)));

        await ProduceAsync(client, Batch(CompressionType.None, ("b", "3"), ("d", null)));
        await broker.Cluster.CompactAsync("t", 0);
        await ProduceAsync(client, Batch(CompressionType.None, ("d", null)));
        await broker.Cluster.CompactAsync("t", 0);
        await broker.WaitAsync(TimeSpan.FromSeconds(2));
        await broker.Cluster.CompactAsync("t", 0);
        List<RecordBatchHeader> headers = await HeadersAsync(client);
        Assert.Equal((7L, 7L, 0), (headers[^1].BaseOffset, headers[^1].LastOffset, headers[^1].RecordCount));
        Assert.Equal([(0L, "1"), (5L, "3")], await ReadAsync(client));
    });

    [Fact]
    public void A_tombstone_stays_for_a_while() => Simulate(async (broker, client, _) =>
    {
        await ProduceAsync(client, Batch(CompressionType.None, ("a", "1"), ("b", "1"), ("a", null)));
        await broker.Cluster.CompactAsync("t", 0);
        Assert.Equal([(1L, "1"), (2L, null)], await ReadAsync(client));
        RecordBatchHeader header = Assert.Single(await HeadersAsync(client));
        Assert.True(header.HasDeleteHorizon);
        Assert.InRange(header.BaseTimestamp - broker.Now.TotalMilliseconds, 900, 1000);
        await broker.Cluster.CompactAsync("t", 0);
        Assert.Equal(2, (await ReadAsync(client)).Count);
        await broker.WaitAsync(TimeSpan.FromSeconds(1.1));
        await broker.Cluster.CompactAsync("t", 0);
        Assert.Equal([(1L, "1")], await ReadAsync(client));
    });

    [Fact]
    public void The_last_batch_of_a_producer_stays_though_it_is_empty() => Simulate(async (broker, client, partition) =>
    {
        await ProduceAsync(client, Batch(CompressionType.None, new RecordBatchHeader { ProducerId = 5, ProducerEpoch = 1, BaseSequence = 0 }, ("a", "1")));
        await ProduceAsync(client, Batch(CompressionType.None, new RecordBatchHeader { ProducerId = 5, ProducerEpoch = 1, BaseSequence = 1 }, ("a", "2")));
        await ProduceAsync(client, Batch(CompressionType.None, ("a", "3")));
        await broker.Cluster.CompactAsync("t", 0);
        List<RecordBatchHeader> headers = await HeadersAsync(client);
        Assert.Equal([(1L, 0, 1), (2L, 1, -1)], headers.Select(header => (header.BaseOffset, header.RecordCount, header.BaseSequence)));
        Assert.Equal([(2L, "3")], await ReadAsync(client));
        Assert.Equal(2, partition.Log.Segments.Sum(segment => segment.Batches.Count));
    });

    [Fact]
    public void Aborted_records_do_not_count_and_open_transactions_are_left_alone() => Simulate(async (broker, client, partition) =>
    {
        await LoopCall<bool>.RunAsync(broker.Model, () =>
        {
            RecordBatchHeader transactional = new() { ProducerId = 9, ProducerEpoch = 0, BaseSequence = 0, Attributes = RecordBatchHeader.TransactionalFlag };
            Append(partition, Batch(CompressionType.None, ("a", "1")));
            Append(partition, Batch(CompressionType.None, transactional, ("a", "aborted")));
            Append(partition, Marker(9, ControlRecordType.Abort));
            Append(partition, Batch(CompressionType.None, transactional, ("b", "committed")));
            Append(partition, Marker(9, ControlRecordType.Commit));
            partition.NotifyAppended();
            return true;
        });
        await broker.Cluster.CompactAsync("t", 0);
        List<RecordBatchHeader> headers = await HeadersAsync(client);
        Assert.Equal([0L, 2, 3, 4], headers.Select(header => header.BaseOffset));
        Assert.Equal([false, true, false, true], headers.Select(header => header.IsControl));
    });

    [Fact]
    public void Young_records_wait_for_their_time() => Simulate(
        async (broker, client, _) =>
        {
            long now = (long)broker.Now.TotalMilliseconds;
            await ProduceAsync(client, Batch(CompressionType.None, now, ("a", "1")));
            await ProduceAsync(client, Batch(CompressionType.None, now + 3000, ("a", "2"), ("a", "3")));
            await broker.Cluster.CompactAsync("t", 0);
            Assert.Equal(3, (await ReadAsync(client)).Count);
            await broker.WaitAsync(TimeSpan.FromSeconds(14));
            await broker.Cluster.CompactAsync("t", 0);
            Assert.Equal([(2L, "3")], await ReadAsync(client));
        },
        ("log.cleaner.min.compaction.lag.ms", "10000"));

    [Fact]
    public void Enough_that_is_new_is_compacted_by_itself() => Simulate(
        async (broker, client, partition) =>
        {
            for (int i = 0; i < 200; i++)
            {
                await ProduceAsync(client, Batch(CompressionType.None, ($"k{i % 3}", $"{i} {new string('x', 1000)}")));
            }

            long full = partition.Log.SizeInBytes;
            await broker.WaitAsync(TimeSpan.FromMilliseconds(1100));
            Assert.InRange(partition.Log.SizeInBytes, 1, full * 3 / 4);
            Assert.Equal(200, partition.Log.EndOffset);
        },
        ("log.retention.check.interval.ms", "1000"));

    private static void Simulate(Func<TestBroker, RawClient, Partition, Task> test, params (string Name, string Value)[] settings)
    {
        KafkaTestClusterOptions options = new();
        options.BrokerSettings["log.cleanup.policy"] = "compact";
        options.BrokerSettings["log.cleaner.delete.retention.ms"] = "1000";
        foreach ((string name, string value) in settings)
        {
            options.BrokerSettings[name] = value;
        }

        TestBroker.Simulate(
            async broker =>
            {
                await broker.CreateTopicAsync("t");
                await test(broker, await broker.ConnectAsync(), broker.Model.Topics.Find("t")!.Partitions[0]);
            },
            options);
    }

    private static void Append(Partition partition, byte[] batch) =>
        partition.Log.Append(batch, RecordBatchHeader.Read(batch), partition.LeaderEpoch, appendTime: -1);

    private static async Task ProduceAsync(RawClient client, byte[] batch)
    {
        ProduceResponse.PartitionProduceResponse answer = (await client.CallAsync(Requests.Produce("t", 0, batch), 9)).Single();
        Assert.Equal(0, answer.ErrorCode);
    }

    private static byte[] Batch(CompressionType compression, params (string? Key, string? Value)[] records) =>
        Batch(compression, new RecordBatchHeader(), 1000, records);

    private static byte[] Batch(CompressionType compression, long timestamp, params (string? Key, string? Value)[] records) =>
        Batch(compression, new RecordBatchHeader(), timestamp, records);

    private static byte[] Batch(CompressionType compression, in RecordBatchHeader template, params (string? Key, string? Value)[] records) =>
        Batch(compression, template, 1000, records);

    private static byte[] Batch(CompressionType compression, in RecordBatchHeader template, long timestamp, (string? Key, string? Value)[] records)
    {
        BufferPool pool = new();
        using PooledBuffer plain = new(pool);
        using PooledBuffer packed = new(pool);
        RecordBatchWriter writer = new(plain);
        writer.Begin();
        foreach ((string? key, string? value) in records)
        {
            writer.Append(timestamp, Bytes(key), Bytes(value), [new RecordHeader("h", Bytes("v"))]);
        }

        CompressionCodec? codec = compression == CompressionType.None ? null : new CompressionCodecs().Get(compression);
        SealedRecordBatch batch = codec is null ? writer.Seal() : writer.Seal(codec, codec.DefaultLevel, packed);
        batch.Stamp(template);
        return batch.Bytes.ToArray();
    }

    private static byte[] Marker(long producerId, ControlRecordType type)
    {
        using PooledBuffer buffer = new(new BufferPool());
        RecordBatchWriter writer = new(buffer);
        writer.Begin();
        writer.Append(1000, new byte[] { 0, 0, 0, (byte)type }, new byte[ControlRecord.ValueSize]);
        SealedRecordBatch batch = writer.Seal();
        short attributes = RecordBatchHeader.TransactionalFlag | RecordBatchHeader.ControlFlag;
        batch.Stamp(new RecordBatchHeader { ProducerId = producerId, ProducerEpoch = 0, Attributes = attributes });
        return batch.Bytes.ToArray();
    }

    private static byte[]? Bytes(string? text) => text is null ? null : Encoding.UTF8.GetBytes(text);

    private static async Task<byte[]> FetchAsync(RawClient client) =>
        (await client.CallAsync(Requests.Fetch("t", 0, 0), 12)).Single().Records!;

    private static async Task<List<RecordBatchHeader>> HeadersAsync(RawClient client)
    {
        List<RecordBatchHeader> headers = [];
        RecordBatchReader reader = new(await FetchAsync(client));
        while (reader.TryRead(out RecordBatchView batch))
        {
            batch.EnsureChecksum();
            headers.Add(batch.Header);
        }

        return headers;
    }

    private static async Task<List<(long Offset, string? Value)>> ReadAsync(RawClient client)
    {
        List<(long, string?)> found = [];
        byte[] bytes = await FetchAsync(client);
        using PooledBuffer scratch = new(new BufferPool());
        RecordBatchReader reader = new(bytes);
        while (reader.TryRead(out RecordBatchView batch))
        {
            batch.EnsureChecksum();
            foreach (RecordView record in batch.GetRecords(new CompressionCodecs(), scratch))
            {
                Assert.Equal((1, true), (record.Headers.Count, record.Timestamp >= 1000));
                found.Add((record.Offset, record.IsValueNull ? null : Encoding.UTF8.GetString(record.Value)));
            }
        }

        return found;
    }
}
