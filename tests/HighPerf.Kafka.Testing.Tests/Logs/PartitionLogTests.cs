using HighPerf.Kafka.Protocol.Records;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Configs;
using HighPerf.Kafka.Testing.Logs;

namespace HighPerf.Kafka.Testing.Tests.Logs;

public sealed class PartitionLogTests
{
    [Fact]
    public void Every_offset_is_found_across_segments()
    {
        PartitionLog log = Log();
        byte[] batch = Batches.Of([.. Enumerable.Range(0, 7).Select(i => new string('v', 500))]);
        RecordBatchHeader header = RecordBatchHeader.Read(batch);
        for (int i = 0; i < 300; i++)
        {
            Assert.Equal(i * 7, log.Append(batch, header, leaderEpoch: 3, appendTime: -1));
        }

        Assert.Equal((0, 2100, 300L * batch.Length), (log.StartOffset, log.EndOffset, log.SizeInBytes));
        for (long offset = 0; offset < 2100; offset++)
        {
            Assert.True(log.TryFind(offset, out LogPosition position));
            Assert.Equal(offset / 7 * 7, position.Batch.BaseOffset);
            Assert.Equal(offset / 7 * 7, RecordBatchHeader.Read(position.Bytes).BaseOffset);
            Assert.Equal((300 - (offset / 7)) * batch.Length, log.BytesBetween(offset, log.EndOffset));
        }

        Assert.False(log.TryFind(2100, out _));
        Assert.Equal(0, log.BytesBetween(2100, log.EndOffset));
    }

    [Fact]
    public void A_read_crosses_segments_without_copying()
    {
        PartitionLog log = Log();
        byte[] batch = Batches.OfSize(5000);
        RecordBatchHeader header = RecordBatchHeader.Read(batch);
        for (int i = 0; i < 50; i++)
        {
            log.Append(batch, header, 0, -1);
        }

        List<LogSlice> slices = [];
        Assert.Equal(50 * batch.Length, log.Read(0, log.EndOffset, int.MaxValue, wholeFirst: true, slices));
        Assert.InRange(slices.Count, 3, 10);
        byte[] read = [.. slices.SelectMany(slice => slice.Segment.Bytes.Skip(slice.Offset).Take(slice.Count))];
        Assert.Equal(Enumerable.Range(0, 50).Select(i => (long)i), Batches.Records(read).Select(record => record.Offset));

        List<LogSlice> again = [];
        log.Read(0, log.EndOffset, int.MaxValue, wholeFirst: true, again);
        Assert.Same(slices[0].Segment, again[0].Segment);
    }

    [Fact]
    public void Reading_and_appending_allocate_nothing_per_batch()
    {
        PartitionLog log = Log(("retention.bytes", $"{1 << 20}"));
        byte[] batch = Batches.OfSize(10_000);
        RecordBatchHeader header = RecordBatchHeader.Read(batch);
        List<LogSlice> slices = new(16);
        Assert.Equal(0, log.Read(0, log.EndOffset, 100, true, slices));
        for (int i = 0; i < 2000; i++)
        {
            log.Append(batch, header, 0, -1);
        }

        log.Read(log.EndOffset - 1, log.EndOffset, 1 << 20, true, slices);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            slices.Clear();
            log.Read(log.EndOffset - 1, log.EndOffset, 1 << 20, true, slices);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Retention_drops_whole_segments_and_keeps_at_least_its_bytes()
    {
        PartitionLog log = Log(("retention.bytes", $"{1 << 20}"));
        byte[] batch = Batches.OfSize(10_000);
        for (int i = 0; i < 1000; i++)
        {
            log.Append(batch, RecordBatchHeader.Read(batch), 0, -1);
            log.DropBySize(log.EndOffset);
            Assert.True(log.SizeInBytes >= Math.Min((i + 1) * batch.Length, 1 << 20));
        }

        Assert.True(log.StartOffset > 0);
        Assert.True(log.TryFind(log.StartOffset, out LogPosition first));
        Assert.Equal(log.StartOffset, first.Batch.BaseOffset);
    }

    private static PartitionLog Log(params (string Name, string Value)[] settings)
    {
        TopicConfig config = new(new BrokerConfigs(new KafkaTestClusterOptions()));
        ConfigOverrides overrides = [];
        foreach ((string name, string value) in settings)
        {
            overrides[name] = value;
        }

        config.Replace(overrides);
        return new PartitionLog(config, new LogSegmentPool());
    }
}
