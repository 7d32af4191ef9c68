using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression;
using HighPerf.Kafka.Protocol.Records;

namespace HighPerf.Kafka.Protocol.Tests.Records;

public sealed class RecordBatchWriterTests
{
    private readonly BufferPool _pool = new();
    private readonly CompressionCodecs _codecs = new();

    [Fact]
    public void The_size_bound_holds_and_is_close_for_every_size_of_parts()
    {
        using PooledBuffer buffer = new(_pool);
        RecordBatchWriter writer = new(buffer);
        writer.Begin(0);
        foreach (int keyLength in new[] { -1, 0, 1, 63, 64, 8191, 8192, 70_000 })
        {
            foreach (int valueLength in new[] { -1, 0, 63, 64, 100_000 })
            {
                RecordHeader[] headers = [new("trace", new byte[17]), new("", null)];
                int headersSize = RecordEncoder.SizeOfHeaders(headers);
                long bound = RecordEncoder.MaxSizeOf(keyLength, valueLength, headersSize);
                int before = writer.Length;
                Assert.True(writer.HasRoomFor(keyLength, valueLength, headersSize, (int)(before + bound)));
                Assert.False(writer.HasRoomFor(keyLength, valueLength, headersSize, (int)(before + bound) - 1));
                writer.Append(long.MaxValue, Bytes(keyLength), Bytes(valueLength), headers);
                Assert.InRange(writer.Length - before, bound - 30, bound);
            }
        }
    }

    [Theory]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Snappy)]
    [InlineData(CompressionType.Lz4)]
    public void Compressed_batches_are_read_back(CompressionType type)
    {
        using PooledBuffer open = new(_pool);
        using PooledBuffer sent = new(_pool);
        using PooledBuffer scratch = new(_pool);
        RecordBatchWriter writer = new(open);
        for (int round = 0; round < 3; round++)
        {
            open.Reset();
            writer.Begin();
            for (int i = 0; i < 500; i++)
            {
                writer.Append(1000 + i, BitConverter.GetBytes(i), System.Text.Encoding.UTF8.GetBytes($"round {round}, value number {i}"));
            }

            CompressionCodec codec = _codecs.Get(type);
            RecordBatchHeader header = writer.Seal(codec, codec.DefaultLevel, sent).Stamp(new RecordBatchHeader { BaseOffset = round * 500L });
            Assert.Equal(type, header.Compression);
            Assert.True(header.SizeInBytes < open.Length);
        }

        RecordBatchReader reader = new(sent.WrittenSpan);
        int next = 0;
        while (reader.TryRead(out RecordBatchView batch))
        {
            batch.EnsureChecksum();
            foreach (RecordView record in batch.GetRecords(_codecs, scratch))
            {
                Assert.Equal(next, record.Offset);
                Assert.Equal(1000 + (next % 500), record.Timestamp);
                Assert.Equal($"round {next / 500}, value number {next % 500}", System.Text.Encoding.UTF8.GetString(record.Value));
                next++;
            }
        }

        Assert.Equal(1500, next);
        Assert.Equal(0, reader.Remaining);
    }

    [Fact]
    public void P1_A_stamped_batch_can_be_stamped_again_with_other_numbers_and_its_records_stay()
    {
        using PooledBuffer buffer = new(_pool);
        RecordBatchWriter writer = new(buffer);
        writer.Begin();
        writer.Append(5, "key"u8, "value"u8);
        writer.Append(4, "key"u8, NullableBytes.Null);
        SealedRecordBatch batch = writer.Seal();
        short attributes = RecordBatchHeader.MakeAttributes(CompressionType.None, isTransactional: true);
        batch.Stamp(new RecordBatchHeader { ProducerId = 7, ProducerEpoch = 1, BaseSequence = 10, Attributes = attributes });
        byte[] first = batch.Bytes.ToArray();
        RecordBatchHeader again = batch.Stamp(new RecordBatchHeader { ProducerId = 7, ProducerEpoch = 2, BaseSequence = 0, Attributes = attributes });

        RecordBatchReader reader = new(batch.Bytes);
        Assert.True(reader.TryRead(out RecordBatchView view));
        Assert.True(view.IsChecksumValid);
        Assert.Equal(again, view.Header);
        Assert.Equal((7L, (short)2, 0, 1), (view.Header.ProducerId, view.Header.ProducerEpoch, view.Header.BaseSequence, view.Header.LastSequence));
        Assert.True(view.Header.IsTransactional);
        Assert.Equal((5L, 5L), (view.Header.BaseTimestamp, view.Header.MaxTimestamp));
        Assert.True(first.AsSpan(RecordBatchHeader.Size).SequenceEqual(view.Payload));
    }

    [Theory]
    [InlineData(int.MaxValue - 1, 0, int.MaxValue - 1)]
    [InlineData(int.MaxValue - 1, 1, int.MaxValue)]
    [InlineData(int.MaxValue - 1, 2, 0)]
    [InlineData(int.MaxValue, 1, 0)]
    [InlineData(int.MaxValue, int.MaxValue, int.MaxValue - 1)]
    [InlineData(0, 5, 5)]
    public void P2_Sequence_numbers_wrap_to_zero(int sequence, int delta, int expected) =>
        Assert.Equal(expected, RecordBatchHeader.AddToSequence(sequence, delta));

    [Fact]
    public void F12_Null_and_empty_stay_apart_in_keys_values_and_headers()
    {
        using PooledBuffer buffer = new(_pool);
        RecordBatchWriter writer = new(buffer);
        writer.Begin();
        writer.Append(-1, NullableBytes.Null, ReadOnlySpan<byte>.Empty, [new RecordHeader("n", null), new RecordHeader("e", ReadOnlyMemory<byte>.Empty)]);
        writer.Append(-1, Array.Empty<byte>(), (byte[]?)null);
        writer.Seal().Stamp(new RecordBatchHeader());

        RecordBatchReader reader = new(buffer.WrittenSpan);
        Assert.True(reader.TryRead(out RecordBatchView batch));
        RecordEnumerator records = batch.GetRecords(_codecs, new PooledBuffer(_pool));
        Assert.True(records.MoveNext());
        RecordView record = records.Current;
        Assert.Equal((true, false, 0, 0), (record.IsKeyNull, record.IsValueNull, record.Key.Length, record.Value.Length));
        Assert.Equal(2, record.Headers.Count);
        Assert.True(record.Headers.TryGetLast("n"u8, out RecordHeaderView header));
        Assert.True(header.IsValueNull);
        Assert.True(record.Headers.TryGetLast("e"u8, out header));
        Assert.False(header.IsValueNull);
        Assert.Equal("e", header.Key);
        Assert.False(record.Headers.TryGetLast("x"u8, out _));
        Assert.True(records.MoveNext());
        Assert.Equal((false, true), (records.Current.IsKeyNull, records.Current.IsValueNull));
        Assert.Equal(-1, records.Current.Timestamp);
        Assert.False(records.MoveNext());
        Assert.False(records.MoveNext());
    }

    [Fact]
    public void Headers_of_a_received_record_are_forwarded_as_they_are()
    {
        using PooledBuffer buffer = new(_pool);
        RecordBatchWriter writer = new(buffer);
        writer.Begin();
        writer.Append(1, "k"u8, "v"u8, [new RecordHeader("a", "1"u8.ToArray()), new RecordHeader("ä", null)]);
        writer.Seal().Stamp(new RecordBatchHeader());
        byte[] first = buffer.WrittenSpan.ToArray();

        RecordBatchReader reader = new(first);
        Assert.True(reader.TryRead(out RecordBatchView batch));
        buffer.Reset();
        writer.Begin();
        foreach (RecordView record in batch.GetRecords(_codecs, buffer))
        {
            writer.Append(record.Timestamp, record.NullableKey, record.NullableValue, record.Headers);
        }

        writer.Seal().Stamp(new RecordBatchHeader());
        Assert.Equal(first, buffer.WrittenSpan.ToArray());
    }

    [Fact]
    public void A_value_written_in_place_gives_the_same_batch_and_one_that_fails_leaves_no_trace()
    {
        using PooledBuffer appended = new(_pool);
        using PooledBuffer inPlace = new(_pool);
        RecordHeader[] headers = [new("h", "1"u8.ToArray())];
        RecordBatchWriter writer = new(appended);
        writer.Begin();
        writer.Append(7, "k"u8, "value"u8, headers);
        writer.Append(8, NullableBytes.Null, NullableBytes.Null);
        writer.Seal().Stamp(new RecordBatchHeader());

        writer = new RecordBatchWriter(inPlace);
        writer.Begin();
        writer.Reserve(99, "failed"u8, 1000, headers).Fill(0xee);
        Assert.Equal((0, RecordBatchHeader.Size), (writer.Count, writer.Length));
        "value"u8.CopyTo(writer.Reserve(7, "k"u8, 5, headers));
        Assert.Equal(0, writer.Commit());
        writer.Reserve(1, "failed"u8, 3, []);
        Assert.True(writer.Reserve(8, NullableBytes.Null, -1, []).IsEmpty);
        Assert.Equal(1, writer.Commit());
        writer.Seal().Stamp(new RecordBatchHeader());
        Assert.Equal(appended.WrittenSpan.ToArray(), inPlace.WrittenSpan.ToArray());
    }

    [Fact]
    public void Offsets_must_grow() => Assert.Throws<ArgumentOutOfRangeException>(() =>
    {
        using PooledBuffer buffer = new(_pool);
        RecordBatchWriter writer = new(buffer);
        writer.Begin();
        writer.AppendAt(3, 0, NullableBytes.Null, NullableBytes.Null, default);
        writer.AppendAt(3, 0, NullableBytes.Null, NullableBytes.Null, default);
    });

    [Fact]
    public void Control_records_are_written_and_read()
    {
        using PooledBuffer buffer = new(_pool);
        RecordBatchWriter writer = new(buffer);
        writer.Begin();
        ControlRecord marker = new(0, ControlRecordType.Commit, 0, 45);
        Span<byte> key = stackalloc byte[ControlRecord.KeySize];
        Span<byte> value = stackalloc byte[ControlRecord.ValueSize];
        marker.WriteKey(key);
        marker.WriteValue(value);
        writer.Append(1_700_410_067_812, key, value);
        writer.Seal().Stamp(new RecordBatchHeader
        {
            BaseOffset = 100,
            PartitionLeaderEpoch = 3,
            Attributes = RecordBatchHeader.MakeAttributes(CompressionType.None, isTransactional: true, isControl: true),
            ProducerId = 4638,
            ProducerEpoch = 33,
        });

        RecordBatchReader reader = new(buffer.WrittenSpan);
        Assert.True(reader.TryRead(out RecordBatchView batch));
        RecordEnumerator records = batch.GetRecords(_codecs, new PooledBuffer(_pool));
        Assert.True(records.MoveNext());
        Assert.Equal(marker, ControlRecord.Read(records.Current));
        Assert.Equal(2209048346u, batch.Header.Crc);
    }

    private static byte[]? Bytes(int length) => length < 0 ? null : new byte[length];
}
