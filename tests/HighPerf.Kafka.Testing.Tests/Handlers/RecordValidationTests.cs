using System.Buffers.Binary;
using System.Text;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Protocol.Records;

namespace HighPerf.Kafka.Testing.Tests.Handlers;

/// <summary>What a topic demands of single records, and what the broker makes of batches.</summary>
public sealed class RecordValidationTests
{
    private const long Hour = 3_600_000;

    [Fact]
    public void A_compacted_topic_takes_no_record_without_a_key() => With([("cleanup.policy", "compact")], async (broker, client) =>
    {
        byte[] batch = Build((1000, "k", "a"), (1000, null, "b"), (1000, "k", "c"), (1000, null, "d"));
        ProduceResponse.PartitionProduceResponse refused = await ProduceAsync(client, batch);
        Assert.Equal((ErrorCode.InvalidRecord, -1, 0), ((ErrorCode)refused.ErrorCode, refused.BaseOffset, refused.LogStartOffset));
        Assert.Equal([1, 3], refused.RecordErrors.Select(error => error.BatchIndex));
        Assert.All(refused.RecordErrors, error => Assert.NotEmpty(error.BatchIndexErrorMessage!));
        Assert.NotEmpty(refused.ErrorMessage!);
        Assert.Equal(0, (await ProduceAsync(client, Build((1000, "k", "a"), (1000, "", "b")))).ErrorCode);
        Assert.Equal(2, broker.Model.Topics.Find("t")!.Partitions[0].Log.EndOffset);
    });

    [Fact]
    public void Timestamps_lie_within_bounds() => With([("message.timestamp.before.max.ms", $"{Hour}")], async (broker, client) =>
    {
        long now = broker.Model.NowMs;
        byte[] batch = Build((now, null, "a"), (now - (2 * Hour), null, "b"), (now + (2 * Hour), null, "c"), (-1, null, "d"));
        ProduceResponse.PartitionProduceResponse refused = await ProduceAsync(client, batch);
        Assert.Equal(ErrorCode.InvalidTimestamp, (ErrorCode)refused.ErrorCode);
        Assert.Equal([1, 2], refused.RecordErrors.Select(error => error.BatchIndex));

        // A record without a time is neither early nor late.
        Assert.Equal(0, (await ProduceAsync(client, Build((now, null, "a"), (-1, null, "b"), (now + Hour - 1000, null, "c")))).ErrorCode);
    });

    [Fact]
    public void Without_settings_records_may_be_old_and_an_hour_ahead() => With([], async (broker, client) =>
    {
        Assert.Equal(0, (await ProduceAsync(client, Build((0, null, "a")))).ErrorCode);
        long ahead = broker.Model.NowMs + Hour + 1000;
        Assert.Equal(ErrorCode.InvalidTimestamp, (ErrorCode)(await ProduceAsync(client, Build((ahead, null, "a")))).ErrorCode);
    });

    [Fact]
    public void A_timestamp_error_names_the_whole_batch_also_beside_others() => With([("cleanup.policy", "compact")], async (broker, client) =>
    {
        byte[] batch = Build((1000, null, "a"), (broker.Model.NowMs + (2 * Hour), "k", "b"));
        ProduceResponse.PartitionProduceResponse refused = await ProduceAsync(client, batch);
        Assert.Equal((ErrorCode.InvalidTimestamp, 2), ((ErrorCode)refused.ErrorCode, refused.RecordErrors.Count));
    });

    [Theory]
    [InlineData("CreateTime", ErrorCode.None)]
    [InlineData("LogAppendTime", ErrorCode.InvalidTimestamp)]
    public void Only_the_broker_says_log_append_time(string type, ErrorCode expected) => With([("message.timestamp.type", type)], async (_, client) =>
    {
        byte[] batch = Restamp(Build((1000, null, "a")), header => header with { Attributes = RecordBatchHeader.LogAppendTimeFlag });
        Assert.Equal(expected, (ErrorCode)(await ProduceAsync(client, batch)).ErrorCode);
        if (expected == ErrorCode.None)
        {
            Assert.Equal(TimestampType.CreateTime, RecordBatchHeader.Read(await FetchAsync(client)).TimestampType);
        }
    });

    [Fact]
    public void A_wrong_maximal_timestamp_is_set_right() => With([], async (_, client) =>
    {
        byte[] batch = Restamp(Build((1000, null, "a"), (3000, null, "b"), (2000, null, "c")), header => header with { MaxTimestamp = 77 });
        Assert.Equal(0, (await ProduceAsync(client, batch)).ErrorCode);
        byte[] stored = await FetchAsync(client);
        Assert.Equal(3000, RecordBatchHeader.Read(stored).MaxTimestamp);
        Assert.Equal(["a", "b", "c"], Batches.Values(stored));
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Offsets_within_a_batch_count_from_zero(bool compressed) => With([], async (_, client) =>
    {
        BufferPool pool = new();
        using PooledBuffer buffer = new(pool);
        using PooledBuffer packed = new(pool);
        RecordBatchWriter writer = new(buffer);
        writer.Begin();
        writer.Append(1000, NullableBytes.Null, "a"u8);
        writer.AppendAt(2, 1000, NullableBytes.Null, "b"u8, default);
        SealedRecordBatch batch = compressed ? writer.Seal(new CompressionCodecs().Lz4, 1, packed) : writer.Seal();
        batch.Stamp(new RecordBatchHeader());
        byte[] bytes = Restamp(batch.Bytes.ToArray(), header => header with { LastOffsetDelta = 1 });
        ProduceResponse.PartitionProduceResponse refused = await ProduceAsync(client, bytes);
        Assert.Equal(ErrorCode.InvalidRecord, (ErrorCode)refused.ErrorCode);
        Assert.Equal([1], refused.RecordErrors.Select(error => error.BatchIndex));
    });

    [Theory]
    [InlineData(0, 0x7f)]
    [InlineData(0, 0x01)]
    [InlineData(4, 0x7f)]
    [InlineData(6, 0x03)]
    public void A_malformed_record_is_refused(int at, byte value) => With([], async (broker, client) =>
    {
        byte[] batch = Build((1000, "k", "a"), (1000, "k", "b"));
        batch[RecordBatchHeader.Size + at] = value;
        ProduceResponse.PartitionProduceResponse refused = await ProduceAsync(client, Restamp(batch, header => header));
        Assert.Equal((ErrorCode.InvalidRecord, 0), ((ErrorCode)refused.ErrorCode, refused.RecordErrors.Count));
        Assert.Equal(0, broker.Model.Topics.Find("t")!.Partitions[0].Log.EndOffset);
    });

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_wrong_number_of_records_is_refused(int count) => With([], async (_, client) =>
    {
        byte[] batch = Restamp(Build((1, null, "a"), (1, null, "b")), header => header with { RecordCount = count, LastOffsetDelta = count - 1 });
        Assert.Equal(ErrorCode.InvalidRecord, (ErrorCode)(await ProduceAsync(client, batch)).ErrorCode);
    });

    [Theory]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Snappy)]
    [InlineData(CompressionType.Lz4)]
    [InlineData(CompressionType.Zstd)]
    public void What_cannot_be_decompressed_is_refused(CompressionType type) => With([], async (_, client) =>
        Assert.Equal(ErrorCode.UnknownServerError, (ErrorCode)(await ProduceAsync(client, Batches.OfGarbage(type))).ErrorCode));

    [Theory]
    [InlineData("uncompressed", CompressionType.None)]
    [InlineData("gzip", CompressionType.Gzip)]
    [InlineData("snappy", CompressionType.Snappy)]
    [InlineData("lz4", CompressionType.Lz4)]
    [InlineData("zstd", CompressionType.Zstd)]
    public void A_topic_has_a_compression_of_its_own(string setting, CompressionType expected) => With([("compression.type", setting)], async (_, client) =>
    {
        CompressionCodecs codecs = new();
        long offset = 0;
        foreach (CompressionType sent in Enum.GetValues<CompressionType>())
        {
            RecordBatchHeader producer = new() { ProducerId = 7, ProducerEpoch = 1, BaseSequence = (int)offset };
            byte[] batch = Batches.Of(["one", "two"], 5000, sent == CompressionType.None ? null : codecs.Get(sent), producer);
            ProduceResponse.PartitionProduceResponse answer = await ProduceAsync(client, batch);
            Assert.Equal((0, offset), (answer.ErrorCode, answer.BaseOffset));
            byte[] stored = await FetchAsync(client, offset);
            RecordBatchHeader header = RecordBatchHeader.Read(stored);
            Assert.Equal((expected, 5001L), (header.Compression, header.MaxTimestamp));
            Assert.Equal((7L, 1, (int)offset), (header.ProducerId, header.ProducerEpoch, header.BaseSequence));
            Assert.Equal([(offset, 5000, "one"), (offset + 1, 5001, "two")], Batches.Records(stored));
            offset += 2;
        }
    });

    [Fact]
    public void A_few_bytes_behind_the_batch_are_dropped() => With([], async (_, client) =>
    {
        byte[] batch = Build((1000, null, "a"));
        Assert.Equal(0, (await ProduceAsync(client, [.. batch, .. new byte[11]])).ErrorCode);
        Assert.Equal(batch.Length, (await FetchAsync(client)).Length);
    });

    [Fact]
    public void Single_records_are_not_named_before_version_8() => With([("cleanup.policy", "compact")], async (_, client) =>
    {
        ProduceResponse answer = await client.CallAsync(Requests.Produce("t", 0, Build((1, null, "a"))), 7);
        Assert.Equal(ErrorCode.InvalidRecord, (ErrorCode)answer.Single().ErrorCode);
    });

    private static byte[] Build(params (long Timestamp, string? Key, string Value)[] records)
    {
        using PooledBuffer buffer = new(new BufferPool());
        RecordBatchWriter writer = new(buffer);
        writer.Begin();
        foreach ((long timestamp, string? key, string value) in records)
        {
            writer.Append(timestamp, key is null ? NullableBytes.Null : Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(value));
        }

        SealedRecordBatch batch = writer.Seal();
        batch.Stamp(new RecordBatchHeader());
        return batch.Bytes.ToArray();
    }

    private static byte[] Restamp(byte[] batch, Func<RecordBatchHeader, RecordBatchHeader> change)
    {
        change(RecordBatchHeader.Read(batch)).Write(batch);
        BinaryPrimitives.WriteUInt32BigEndian(batch.AsSpan(RecordBatchHeader.CrcPosition), Crc32C.Compute(batch.AsSpan(RecordBatchHeader.ChecksummedFrom)));
        return batch;
    }

    private static async Task<ProduceResponse.PartitionProduceResponse> ProduceAsync(RawClient client, byte[] batch) =>
        (await client.CallAsync(Requests.Produce("t", 0, batch), 9)).Single();

    private static async Task<byte[]> FetchAsync(RawClient client, long offset = 0) =>
        (await client.CallAsync(Requests.Fetch("t", 0, offset), 12)).Single().Records!;

    private static void With((string, string)[] configs, Func<TestBroker, RawClient, Task> test) => TestBroker.Simulate(async broker =>
    {
        RawClient client = await broker.ConnectAsync();
        await client.CallAsync(Requests.CreateTopic("t", configs), 7);
        await test(broker, client);
    });
}
