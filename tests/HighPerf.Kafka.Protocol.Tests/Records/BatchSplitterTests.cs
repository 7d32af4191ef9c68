using System.Text;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression;
using HighPerf.Kafka.Protocol.Records;

namespace HighPerf.Kafka.Protocol.Tests.Records;

public sealed class BatchSplitterTests
{
    private readonly BufferPool _pool = new();
    private readonly CompressionCodecs _codecs = new();

    [Theory]
    [InlineData(CompressionType.None, 64 * 1024)]
    [InlineData(CompressionType.None, 512)]
    [InlineData(CompressionType.Gzip, 512)]
    [InlineData(CompressionType.Lz4, 512)]
    [InlineData(CompressionType.Zstd, 512)]
    [InlineData(CompressionType.Snappy, 64 * 1024)]
    public void Parts_together_are_the_whole_record_by_record(CompressionType compression, int segment)
    {
        List<string> whole = Make(40, compression, segment, out List<ArraySegment<byte>> segments, out SealedRecords sealedRecords);
        using BatchSplitter splitter = new(_pool, _codecs);
        splitter.Open(segments, sealedRecords);
        for (int cut = 1; cut < 40; cut++)
        {
            List<string> first = Copy(splitter, 0, cut, default, compression);
            List<string> second = Copy(splitter, cut, 40 - cut, default, compression);
            Assert.Equal(whole, first.Concat(second));
        }
    }

    [Fact]
    public void Records_that_are_left_out_are_missing_and_the_others_move_up()
    {
        List<string> whole = Make(10, CompressionType.Lz4, 512, out List<ArraySegment<byte>> segments, out SealedRecords sealedRecords);
        using BatchSplitter splitter = new(_pool, _codecs);
        splitter.Open(segments, sealedRecords);
        bool[] leftOut = [true, false, false, true, false, false, false, false, true, true];
        Assert.Equal(whole.Where((_, i) => !leftOut[i]), Copy(splitter, 0, 10, leftOut, CompressionType.Lz4));
        Assert.Equal([whole[4]], Copy(splitter, 3, 2, leftOut, CompressionType.None));
    }

    [Theory]
    [InlineData(new[] { 10, 10, 10, 10 }, 2)]
    [InlineData(new[] { 1000, 1, 1, 1 }, 1)]
    [InlineData(new[] { 1, 1, 1, 1000 }, 3)]
    [InlineData(new[] { 0, 0 }, 1)]
    [InlineData(new[] { 500, 500, 10, 10, 10 }, 1)]
    public void The_first_half_is_half_of_the_bytes_and_never_all_records(int[] sizes, int expected)
    {
        SegmentedBatchWriter writer = new();
        writer.Begin(new byte[16 * 1024], 16 * 1024);
        foreach (int size in sizes)
        {
            writer.Append(1, NullableBytes.Null, new NullableBytes(new byte[size]), default, 0);
        }

        SealedRecords records = writer.Seal();
        using BatchSplitter splitter = new(_pool, _codecs);
        splitter.Open(writer.Segments, records);
        Assert.Equal(expected, splitter.CountOfFirstHalf());
    }

    [Fact]
    public void A_part_that_compression_makes_no_smaller_goes_as_it_is_and_no_buffer_is_left()
    {
        SegmentedBatchWriter writer = new();
        writer.Begin(new byte[16 * 1024], 16 * 1024);
        writer.Append(1, NullableBytes.Null, "a"u8, default, 0);
        writer.Append(1, NullableBytes.Null, "b"u8, default, 0);
        SealedRecords records = writer.Seal();
        using (BatchSplitter splitter = new(_pool, _codecs))
        using (PooledBuffer destination = new(_pool))
        {
            splitter.Open(writer.Segments, records);
            SealedRecordBatch part = splitter.Copy(1, 1, default, _codecs.Zstd, 3, destination);
            Assert.Equal((CompressionType.None, 1), (part.Compression, part.RecordCount));
        }

        Assert.Equal(0, _pool.OutstandingBuffers);
    }

    private List<string> Make(int count, CompressionType compression, int segment, out List<ArraySegment<byte>> segments, out SealedRecords records)
    {
        SegmentedBatchWriter writer = new();
        writer.Begin(new byte[segment], segment);
        List<string> made = [];
        Random random = new(count);
        for (int i = 0; i < count; i++)
        {
            long timestamp = 1_700_000_000_000 + random.Next(-5000, 100_000);
            byte[]? key = i % 5 == 0 ? null : Encoding.UTF8.GetBytes($"key {i % 7}");
            byte[]? value = i % 11 == 3 ? null : Encoding.UTF8.GetBytes(new string((char)('a' + (i % 26)), i % 13 == 0 ? 0 : random.Next(100)));
            RecordHeader[] headers = i % 3 == 0 ? [new RecordHeader("h", "v"u8.ToArray()), new RecordHeader("", null)] : [];
            int headersSize = RecordEncoder.SizeOfHeaders(headers);
            int size = (int)RecordEncoder.MaxSizeOf(key?.Length ?? -1, value?.Length ?? -1, headersSize);
            if (!writer.HasRoomFor(size))
            {
                writer.Continue(new byte[segment], segment);
            }

            NullableBytes keyBytes = key is null ? NullableBytes.Null : key;
            NullableBytes valueBytes = value is null ? NullableBytes.Null : value;
            writer.Append(timestamp, keyBytes, valueBytes, headers, headersSize);
            made.Add(Line(timestamp, key, value, headers.Length));
        }

        if (compression == CompressionType.None)
        {
            records = writer.Seal();
            segments = writer.Segments;
            return made;
        }

        using PooledBuffer compressed = new(_pool);
        using PooledBuffer run = new(_pool);
        CompressionCodec codec = _codecs.Get(compression);
        records = writer.Seal(codec, codec.DefaultLevel, compressed, run);
        byte[] bytes = compressed.WrittenSpan.ToArray();
        segments = [];
        for (int at = 0; at < bytes.Length; at += segment)
        {
            segments.Add(new ArraySegment<byte>(bytes, at, Math.Min(segment, bytes.Length - at)));
        }

        return made;
    }

    private List<string> Copy(BatchSplitter splitter, int first, int count, ReadOnlySpan<bool> leftOut, CompressionType compression)
    {
        using PooledBuffer destination = new(_pool);
        CompressionCodec? codec = compression == CompressionType.None ? null : _codecs.Get(compression);
        SealedRecordBatch part = splitter.Copy(first, count, leftOut, codec, codec?.DefaultLevel ?? 0, destination);
        part.Stamp(new RecordBatchHeader { PartitionLeaderEpoch = -1, ProducerId = -1, ProducerEpoch = -1, BaseSequence = -1 });
        RecordBatchReader reader = new(destination.WrittenSpan);
        Assert.True(reader.TryRead(out RecordBatchView batch));
        Assert.Equal(0, reader.Remaining);
        batch.EnsureChecksum();
        using PooledBuffer scratch = new(_pool);
        List<string> read = [];
        foreach (RecordView record in batch.GetRecords(_codecs, scratch))
        {
            Assert.Equal(read.Count, record.Offset);
            read.Add(Line(
                record.Timestamp, record.IsKeyNull ? null : record.Key.ToArray(), record.IsValueNull ? null : record.Value.ToArray(), record.Headers.Count));
        }

        Assert.Equal((read.Count, read.Count - 1), (batch.Header.RecordCount, batch.Header.LastOffsetDelta));
        return read;
    }

    private static string Line(long timestamp, byte[]? key, byte[]? value, int headers) =>
        $"{timestamp} {(key is null ? "null" : Convert.ToHexString(key))} {(value is null ? "null" : Convert.ToHexString(value))} {headers}";
}
