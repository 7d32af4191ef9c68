using System.Text.Json;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression;
using HighPerf.Kafka.Protocol.Records;
using HighPerf.Kafka.Protocol.Tests.Buffers;

namespace HighPerf.Kafka.Protocol.Tests.Records;

public sealed class FetchedRecordsReaderTests
{
    private readonly BufferPool _pool = new();
    private readonly CompressionCodecs _codecs = new();

    [Fact]
    public void F13_Old_message_sets_are_delivered_from_any_offset_in_them()
    {
        int sets = 0;
        foreach (JsonElement line in Vectors.Read("records/legacy.jsonl.gz"))
        {
            JsonElement[] batches = [.. line.GetProperty("batches").EnumerateArray()];
            if (batches.Any(batch => batch.GetProperty("records").ValueKind == JsonValueKind.Null))
            {
                continue;
            }

            sets++;
            IEnumerable<JsonElement> records = batches.SelectMany(batch => batch.GetProperty("records").EnumerateArray());
            long[] offsets = [.. records.Select(record => record.GetProperty("offset").GetInt64())];
            byte[] buffer = Vectors.Hex(line.GetProperty("hex"));
            foreach (long from in new[] { 0, offsets[0], offsets[offsets.Length / 2], offsets[^1], offsets[^1] + 1 })
            {
                Assert.Equal(offsets.Where(offset => offset >= from), Deliver(buffer, from, readCommitted: true, [], out long next, out bool failed));
                Assert.Equal((Math.Max(from, offsets[^1] + 1), false), (next, failed));
            }
        }

        Assert.Equal(53, sets);
    }

    [Fact]
    public void F1_Records_below_the_position_are_left_out_and_the_compacted_tail_is_passed()
    {
        using PooledBuffer buffer = new(_pool);
        RecordBatchWriter writer = new(buffer);
        writer.Begin();
        foreach (int delta in new[] { 0, 3, 4 })
        {
            writer.AppendAt(delta, 1, "k"u8, "v"u8, default);
        }

        writer.ExtendTo(9);
        writer.Seal().Stamp(new RecordBatchHeader { BaseOffset = 100 });
        Assert.Equal([103L, 104L], Deliver(buffer.WrittenSpan.ToArray(), 101, false, [], out long next, out _));
        Assert.Equal(110, next);
        Assert.Empty(Deliver(buffer.WrittenSpan.ToArray(), 107, false, [], out next, out _));
        Assert.Equal(110, next);
    }

    [Fact]
    public void F3_F4_An_aborted_transaction_is_left_out_up_to_its_marker_and_the_position_goes_on()
    {
        using PooledBuffer buffer = new(_pool);
        Transactional(buffer, 0, producerId: 1);
        Transactional(buffer, 1, producerId: 2);
        Marker(buffer, 2, producerId: 1, ControlRecordType.Abort);
        Transactional(buffer, 3, producerId: 1);
        Marker(buffer, 4, producerId: 3, ControlRecordType.Abort);
        Marker(buffer, 5, producerId: 1, ControlRecordType.Commit);
        Marker(buffer, 6, producerId: 2, ControlRecordType.Abort);
        byte[] bytes = buffer.WrittenSpan.ToArray();

        Assert.Equal([3L], Deliver(bytes, 0, true, [new(2, 1), new(1, 0)], out long next, out _));
        Assert.Equal(7, next);
        Assert.Equal([0L, 1L, 3L], Deliver(bytes, 0, false, [new(2, 1), new(1, 0)], out next, out _));
        Assert.Equal(7, next);
    }

    [Fact]
    public void F14_A_damaged_batch_is_an_error_and_the_position_stays_before_it()
    {
        using PooledBuffer buffer = new(_pool);
        Transactional(buffer, 0, producerId: 1);
        int second = buffer.Length;
        Transactional(buffer, 1, producerId: 1);
        byte[] bytes = buffer.WrittenSpan.ToArray();
        bytes[second + 63] ^= 1;
        Assert.Equal([0L], Deliver(bytes, 0, false, [], out long next, out bool failed));
        Assert.Equal((1L, true), (next, failed));
        FetchedRecordsReader reader = new(_codecs);
        reader.Reset(bytes, 1, false, []);
        Assert.True(reader.RemainingBytes > 0);
    }

    [Fact]
    public void F2_A_cut_batch_is_left_for_the_next_fetch()
    {
        using PooledBuffer buffer = new(_pool);
        Transactional(buffer, 0, producerId: 1);
        int first = buffer.Length;
        Transactional(buffer, 1, producerId: 1);
        FetchedRecordsReader reader = new(_codecs);
        for (int length = first; length < buffer.Length; length++)
        {
            reader.Reset(buffer.WrittenMemory[..length], 0, false, []);
            Assert.True(reader.TryReadBatch(out FetchedBatch batch));
            Assert.Equal(1, batch.NextOffset);
            Assert.False(reader.TryReadBatch(out _));
            Assert.Equal((1L, length - first), (reader.NextFetchOffset, reader.RemainingBytes));
        }
    }

    [Fact]
    public void F14_A_decompression_bomb_is_refused_with_the_batch_named()
    {
        using PooledBuffer open = new(_pool);
        using PooledBuffer sent = new(_pool);
        using PooledBuffer scratch = new(_pool);
        RecordBatchWriter writer = new(open);
        writer.Begin();
        writer.Append(1, NullableBytes.Null, new byte[2_000_000]);
        writer.Seal(_codecs.Gzip, _codecs.Gzip.DefaultLevel, sent).Stamp(new RecordBatchHeader { BaseOffset = 77 });
        Assert.True(sent.Length < 10_000);

        CompressionCodecs small = new() { MaxDecompressedLength = 1_000_000 };
        FetchedRecordsReader reader = new(small);
        reader.Reset(sent.WrittenMemory, 0, false, []);
        Assert.True(reader.TryReadBatch(out FetchedBatch batch));
        KafkaProtocolException error = Assert.Throws<KafkaProtocolException>(() => { batch.GetRecords(small, scratch); });
        Assert.Contains("batch at offset 77", error.Message);
        Assert.True(scratch.Capacity < 4_000_000);
    }

    private static void Transactional(PooledBuffer buffer, long offset, long producerId)
    {
        RecordBatchWriter writer = new(buffer);
        writer.Begin();
        writer.Append(1, "k"u8, "v"u8);
        short attributes = RecordBatchHeader.MakeAttributes(CompressionType.None, isTransactional: true);
        writer.Seal().Stamp(new RecordBatchHeader { BaseOffset = offset, ProducerId = producerId, Attributes = attributes });
    }

    private static void Marker(PooledBuffer buffer, long offset, long producerId, ControlRecordType type)
    {
        ControlRecord marker = new(0, type, 0, 1);
        Span<byte> key = stackalloc byte[ControlRecord.KeySize];
        Span<byte> value = stackalloc byte[ControlRecord.ValueSize];
        marker.WriteKey(key);
        marker.WriteValue(value);
        RecordBatchWriter writer = new(buffer);
        writer.Begin();
        writer.Append(1, key, value);
        short attributes = RecordBatchHeader.MakeAttributes(CompressionType.None, isTransactional: true, isControl: true);
        writer.Seal().Stamp(new RecordBatchHeader { BaseOffset = offset, ProducerId = producerId, Attributes = attributes });
    }

    private List<long> Deliver(byte[] bytes, long from, bool readCommitted, AbortedTransaction[] aborted, out long next, out bool failed)
    {
        using PooledBuffer scratch = new(_pool);
        FetchedRecordsReader reader = new(_codecs);
        reader.Reset(bytes, from, readCommitted, aborted);
        List<long> offsets = [];
        failed = false;
        try
        {
            while (reader.TryReadBatch(out FetchedBatch batch))
            {
                foreach (RecordView record in batch.GetRecords(_codecs, scratch))
                {
                    offsets.Add(record.Offset);
                }
            }
        }
        catch (KafkaProtocolException)
        {
            failed = true;
        }

        next = reader.NextFetchOffset;
        return offsets;
    }
}
