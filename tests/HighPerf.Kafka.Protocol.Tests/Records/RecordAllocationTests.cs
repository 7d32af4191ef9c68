using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression;
using HighPerf.Kafka.Protocol.Records;

namespace HighPerf.Kafka.Protocol.Tests.Records;

public sealed class RecordAllocationTests
{
    private readonly BufferPool _pool = new();
    private readonly CompressionCodecs _codecs = new();

    [Fact]
    public void Writing_batches_allocates_nothing_once_the_buffer_has_grown()
    {
        using PooledBuffer buffer = new(_pool);
        RecordBatchWriter writer = new(buffer);
        RecordHeader[] headers = [new("trace", new byte[16]), new("tenant", null)];
        byte[] value = new byte[92];
        Assert.Equal(0, Measure(() =>
        {
            buffer.Reset();
            for (int batch = 0; batch < 3; batch++)
            {
                writer.Begin();
                for (int i = 0; i < 200; i++)
                {
                    writer.Append(i, "key-0001"u8, value);
                    writer.Append(i, NullableBytes.Null, value, headers);
                }

                writer.Seal().Stamp(new RecordBatchHeader { BaseOffset = batch });
            }
        }));
    }

    [Fact]
    public void Reading_batches_with_headers_allocates_nothing()
    {
        using PooledBuffer buffer = new(_pool);
        using PooledBuffer scratch = new(_pool);
        RecordBatchWriter writer = new(buffer);
        writer.Begin();
        for (int i = 0; i < 300; i++)
        {
            writer.Append(i, "key"u8, "value"u8, i % 3 == 0 ? [new RecordHeader("trace", new byte[16])] : default(ReadOnlySpan<RecordHeader>));
        }

        writer.Seal().Stamp(new RecordBatchHeader());
        long sum = 0;
        Assert.Equal(0, Measure(() =>
        {
            RecordBatchReader reader = new(buffer.WrittenSpan);
            while (reader.TryRead(out RecordBatchView batch))
            {
                batch.EnsureChecksum();
                foreach (RecordView record in batch.GetRecords(_codecs, scratch))
                {
                    sum += record.Key.Length + record.Value.Length + record.Offset;
                    foreach (RecordHeaderView header in record.Headers)
                    {
                        sum += header.KeyUtf8.Length + header.Value.Length;
                    }
                }
            }
        }));
        Assert.NotEqual(0, sum);
    }

    [Fact]
    public void Reading_what_was_fetched_under_read_committed_allocates_nothing()
    {
        using PooledBuffer buffer = new(_pool);
        using PooledBuffer scratch = new(_pool);
        RecordBatchWriter writer = new(buffer);
        for (int batch = 0; batch < 10; batch++)
        {
            writer.Begin();
            writer.Append(1, "key"u8, "value"u8);
            short attributes = RecordBatchHeader.MakeAttributes(CompressionType.None, isTransactional: true);
            writer.Seal().Stamp(new RecordBatchHeader { BaseOffset = batch, ProducerId = batch % 2, Attributes = attributes });
        }

        AbortedTransaction[] aborted = [new(1, 5), new(1, 0)];
        FetchedRecordsReader reader = new(_codecs);
        int records = 0;
        Assert.Equal(0, Measure(() =>
        {
            records = 0;
            reader.Reset(buffer.WrittenMemory, 2, readCommitted: true, aborted);
            while (reader.TryReadBatch(out FetchedBatch batch))
            {
                foreach (RecordView record in batch.GetRecords(_codecs, scratch))
                {
                    records += record.Offset >= 2 ? 1 : 1000;
                }
            }
        }));
        Assert.Equal(4, records);
        Assert.Equal(10, reader.NextFetchOffset);
    }

    /// <summary>The bytes that the second and third run allocate on this thread.</summary>
    private static long Measure(Action run)
    {
        run();
        run();
        long before = GC.GetAllocatedBytesForCurrentThread();
        run();
        run();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
