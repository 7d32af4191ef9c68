using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression;
using HighPerf.Kafka.Protocol.Records;

namespace HighPerf.Kafka.Protocol.Tests.Records;

/// <summary>The chain of segments must give the bytes that the writer in one buffer gives, wherever it is cut.</summary>
public sealed class SegmentedBatchWriterTests
{
    private static readonly RecordBatchHeader Template = new() { PartitionLeaderEpoch = -1, ProducerId = 7, ProducerEpoch = 3, BaseSequence = 11 };

    private readonly BufferPool _pool = new();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Any_chain_gives_the_bytes_of_one_buffer(int seed)
    {
        Random random = new(seed);
        SegmentedBatchWriter chain = new();
        for (int round = 0; round < 200; round++)
        {
            using PooledBuffer buffer = new(_pool);
            RecordBatchWriter plain = new(buffer);
            plain.Begin();
            Fill(random, chain, plain);
            byte[] expected = Stamped(plain.Seal());
            SealedRecords records = chain.Seal();
            records.Stamp(chain.Segments[0], Template);
            Assert.Equal(expected.Length, records.Length);
            Assert.Equal(expected, chain.Segments.SelectMany(static segment => segment).ToArray());
            chain.TakeBack(_pool);
        }

        Assert.Equal(0, _pool.OutstandingBuffers);
    }

    [Theory]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Snappy)]
    [InlineData(CompressionType.Lz4)]
    [InlineData(CompressionType.Zstd)]
    public void Compressed_records_take_the_place_of_the_chain(CompressionType type)
    {
        CompressionCodec codec = new CompressionCodecs().Get(type);
        Random random = new(4);
        SegmentedBatchWriter chain = new();
        for (int round = 0; round < 20; round++)
        {
            using PooledBuffer buffer = new(_pool);
            using PooledBuffer expectedBuffer = new(_pool);
            RecordBatchWriter plain = new(buffer);
            plain.Begin();
            Fill(random, chain, plain);
            byte[] expected = Stamped(plain.Seal(codec, codec.DefaultLevel, expectedBuffer));
            using PooledBuffer compressed = new(_pool);
            using PooledBuffer run = new(_pool);
            SealedRecords records = chain.Seal(codec, codec.DefaultLevel, compressed, run);
            chain.Replace(compressed.WrittenSpan, _pool, 1024);
            records.Stamp(chain.Segments[0], Template);
            Assert.Equal(expected, chain.Segments.SelectMany(static segment => segment).ToArray());
            Assert.Equal(chain.Segments.Sum(static segment => (long)segment.Array!.Length), chain.Capacity);
            chain.TakeBack(_pool);
        }

        Assert.Equal(0, _pool.OutstandingBuffers);
    }

    [Fact]
    public void A_value_that_is_not_committed_leaves_the_batch_as_it_was()
    {
        SegmentedBatchWriter chain = new();
        chain.Begin(_pool.Rent(512), 512);
        int length = chain.Length;
        chain.Reserve(5, NullableBytes.Null, 30, default, 0).Fill(1);
        Assert.Equal(0, chain.Count);
        Assert.Equal(length, chain.Length);
        chain.Reserve(6, NullableBytes.Null, 3, default, 0).Fill(2);
        Assert.Equal(0, chain.Commit());
        Assert.Equal(1, chain.Count);
    }

    [Fact]
    public void A_record_without_room_is_refused_before_a_byte_is_written()
    {
        SegmentedBatchWriter chain = new();
        chain.Begin(_pool.Rent(512), 200);
        Assert.False(chain.HasRoomFor(140));
        Assert.Throws<InvalidOperationException>(() => chain.Append(5, NullableBytes.Null, new NullableBytes(new byte[120]), default, 0));
        Assert.Equal(0, chain.Count);
    }

    private void Fill(Random random, SegmentedBatchWriter chain, RecordBatchWriter plain)
    {
        chain.Begin(_pool.Rent(512), 512);
        int count = random.Next(1, 60);
        for (int i = 0; i < count; i++)
        {
            RecordHeader[] headers = random.Next(4) == 0 ? [new("h", new byte[random.Next(5)]), new("n", null)] : [];
            int headersSize = RecordEncoder.SizeOfHeaders(headers);
            byte[] key = new byte[random.Next(10)];
            byte[] value = new byte[random.Next(5) == 0 ? random.Next(3000) : random.Next(100)];
            random.NextBytes(value);
            NullableBytes keyBytes = random.Next(3) == 0 ? NullableBytes.Null : new NullableBytes(key);
            NullableBytes valueBytes = random.Next(9) == 0 ? NullableBytes.Null : new NullableBytes(value);
            long timestamp = random.Next(10) - 1;
            int most = (int)RecordEncoder.MaxSizeOf(keyBytes.Length, valueBytes.Length, headersSize);
            if (!chain.HasRoomFor(most))
            {
                int size = Math.Max(most, 512);
                chain.Continue(_pool.Rent(size), size);
            }

            Assert.Equal(i, chain.Append(timestamp, keyBytes, valueBytes, headers, headersSize));
            plain.Append(timestamp, keyBytes, valueBytes, headers);
        }
    }

    private static byte[] Stamped(SealedRecordBatch batch)
    {
        batch.Stamp(Template);
        return batch.Bytes.ToArray();
    }
}
