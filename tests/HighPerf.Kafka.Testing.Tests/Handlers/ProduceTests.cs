using System.Buffers.Binary;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Protocol.Records;

namespace HighPerf.Kafka.Testing.Tests.Handlers;

public sealed class ProduceTests
{
    [Fact]
    public void Records_come_back_as_they_were_sent_in_every_version() => TestBroker.Simulate(async broker =>
    {
        Guid id = await broker.CreateTopicAsync("t", partitions: 2);
        RawClient client = await broker.ConnectAsync();
        long expected = 0;
        foreach (short version in Requests.Versions(3, 13))
        {
            ProduceRequest request = Requests.Produce(version < 13 ? "t" : "", 1, Batches.Of($"a{version}", $"b{version}"), id: version < 13 ? default : id);
            ProduceResponse response = await client.CallAsync(request, version);
            Assert.Equal(ErrorCode.None, (ErrorCode)response.Single().ErrorCode);
            Assert.Equal(1, response.Single().Index);
            Assert.Equal(expected, response.Single().BaseOffset);
            Assert.Equal(-1, response.Single().LogAppendTimeMs);
            FetchResponse fetched = await client.CallAsync(Requests.Fetch("t", 1, expected), 12);
            Assert.Equal([$"a{version}", $"b{version}"], Batches.Values(fetched.Single().Records));
            expected += 2;
        }
    });

    [Theory]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Snappy)]
    [InlineData(CompressionType.Lz4)]
    public void A_compressed_batch_is_stored_as_it_is(CompressionType compression) => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        RawClient client = await broker.ConnectAsync();
        byte[] batch = Batches.Of(["one", "two"], 1000, new CompressionCodecs().Get(compression));
        await client.CallAsync(Requests.Produce("t", 0, Batches.Of("before")), 9);
        await client.CallAsync(Requests.Produce("t", 0, batch), 9);
        byte[] stored = (await client.CallAsync(Requests.Fetch("t", 0, 1), 12)).Single().Records!;
        Assert.Equal(1, BinaryPrimitives.ReadInt64BigEndian(stored));
        Assert.Equal(0, RecordBatchHeader.Read(stored).PartitionLeaderEpoch);
        Assert.Equal(batch[RecordBatchHeader.MagicPosition..], stored[RecordBatchHeader.MagicPosition..]);
        Assert.Equal([(1, 1000, "one"), (2, 1001, "two")], Batches.Records(stored));
    });

    [Theory]
    [InlineData(8, ErrorCode.UnknownTopicOrPartition)]
    [InlineData(13, ErrorCode.UnknownTopicId)]
    public void An_unknown_topic_is_told(short version, ErrorCode expected) =>
        AssertRefused(expected, version, Requests.Produce(version < 13 ? "nobody" : "", 0, Batches.Of("x"), id: version < 13 ? default : Requests.NoSuchTopic));

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    public void An_unknown_partition_is_told(int partition) =>
        AssertRefused(ErrorCode.UnknownTopicOrPartition, 9, Requests.Produce("t", partition, Batches.Of("x")));

    [Theory]
    [InlineData((short)2)]
    [InlineData((short)-2)]
    public void Acks_are_0_1_or_all(short acks) => AssertRefused(ErrorCode.InvalidRequiredAcks, 9, Requests.Produce("t", 0, Batches.Of("x"), acks));

    [Fact]
    public void A_wrong_checksum_is_refused()
    {
        byte[] batch = Batches.Of("x");
        batch[^1] ^= 1;
        AssertRefused(ErrorCode.CorruptMessage, 9, Requests.Produce("t", 0, batch));
    }

    [Theory]
    [InlineData(null, ErrorCode.InvalidRecord)]
    [InlineData(0, ErrorCode.InvalidRecord)]
    [InlineData(10, ErrorCode.InvalidRecord)]
    [InlineData(60, ErrorCode.InvalidRecord)]
    [InlineData(65, ErrorCode.InvalidRecord)]
    public void A_truncated_batch_is_refused(int? length, ErrorCode expected) =>
        AssertRefused(expected, 9, Requests.Produce("t", 0, length is { } kept ? Batches.Of("xxxxxxxxxx")[..kept] : null));

    [Fact]
    public void Two_batches_for_a_partition_are_refused() =>
        AssertRefused(ErrorCode.InvalidRecord, 9, Requests.Produce("t", 0, [.. Batches.Of("x"), .. Batches.Of("y")]));

    [Theory]
    [InlineData(0, ErrorCode.InvalidRecord)]
    [InlineData(1, ErrorCode.InvalidRecord)]
    [InlineData(3, ErrorCode.CorruptMessage)]
    [InlineData(255, ErrorCode.CorruptMessage)]
    public void Other_formats_than_2_are_refused(byte magic, ErrorCode expected)
    {
        byte[] batch = Batches.Of("x");
        batch[RecordBatchHeader.MagicPosition] = magic;
        AssertRefused(expected, 9, Requests.Produce("t", 0, batch));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(48)]
    [InlineData(int.MinValue)]
    [InlineData(int.MaxValue)]
    public void A_batch_length_that_cannot_be_is_refused(int length)
    {
        byte[] batch = Batches.Of("x");
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(8), length);
        AssertRefused(ErrorCode.CorruptMessage, 9, Requests.Produce("t", 0, batch));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(-1, 0)]
    [InlineData(1, 1)]
    [InlineData(2, 0)]
    [InlineData(int.MaxValue, -1)]
    public void A_record_count_that_does_not_fit_its_offsets_is_refused(int count, int lastOffsetDelta) =>
        AssertRefused(ErrorCode.InvalidRecord, 9, Requests.Produce("t", 0, Restamped(h => h with { RecordCount = count, LastOffsetDelta = lastOffsetDelta })));

    [Fact]
    public void Control_batches_are_not_for_clients() =>
        AssertRefused(ErrorCode.InvalidRecord, 9, Requests.Produce("t", 0, Restamped(h => h with { Attributes = RecordBatchHeader.ControlFlag })));

    [Fact]
    public void A_base_offset_is_not_for_clients() =>
        AssertRefused(ErrorCode.InvalidRecord, 9, Requests.Produce("t", 0, Restamped(h => h with { BaseOffset = 7 })));

    [Theory]
    [InlineData(6, ErrorCode.UnsupportedCompressionType)]
    [InlineData(7, ErrorCode.None)]
    public void Zstd_needs_version_7(short version, ErrorCode expected) =>
        AssertRefused(expected, version, Requests.Produce("t", 0, Batches.Of(["x"], 1000, new CompressionCodecs().Zstd)));

    [Fact]
    public void An_unknown_compression_is_refused() =>
        AssertRefused(ErrorCode.UnknownServerError, 9, Requests.Produce("t", 0, Restamped(h => h with { Attributes = 5 })));

    [Fact]
    public void A_batch_above_the_limit_is_refused()
    {
        KafkaTestClusterOptions options = new() { MaxMessageBytes = 1000 };
        AssertRefused(ErrorCode.MessageTooLarge, 9, Requests.Produce("t", 0, Batches.OfSize(1000)), options);
        AssertRefused(ErrorCode.None, 9, Requests.Produce("t", 0, Batches.OfSize(900)), options);
    }

    [Fact]
    public void One_refused_partition_does_not_hold_up_the_others() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t", partitions: 2);
        RawClient client = await broker.ConnectAsync();
        ProduceRequest request = Requests.Produce("t", 0, null);
        request.TopicData[0].PartitionData.Add(new ProduceRequest.PartitionProduceData { Index = 1, Records = Batches.Of("fine") });
        ProduceResponse response = await client.CallAsync(request, 9);
        List<ProduceResponse.PartitionProduceResponse> answers = Assert.Single(response.Responses).PartitionResponses;
        Assert.Equal([ErrorCode.InvalidRecord, ErrorCode.None], answers.Select(answer => (ErrorCode)answer.ErrorCode));
        Assert.NotNull(answers[0].ErrorMessage);
    });

    [Fact]
    public void Without_acks_there_is_no_answer_P15() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        RawClient client = await broker.ConnectAsync();
        await client.BeginAsync(Requests.Produce("t", 0, Batches.Of("quiet"), acks: 0), 9);

        // The next answer on the connection is the fetch's.
        FetchResponse fetched = await client.CallAsync(Requests.Fetch("t", 0, 0), 12);
        Assert.Equal(["quiet"], Batches.Values(fetched.Single().Records));
    });

    [Fact]
    public void Without_acks_an_error_closes_the_connection_P15() => TestBroker.Simulate(async broker =>
    {
        RawClient client = await broker.ConnectAsync();
        await client.BeginAsync(Requests.Produce("nobody", 0, Batches.Of("x"), acks: 0), 9);
        await client.Closed;
        Assert.Contains(broker.Log, line => line.Contains("UnknownTopicOrPartition"));
    });

    [Fact]
    public void Log_append_time_replaces_the_records_times() => TestBroker.Simulate(async broker =>
    {
        RawClient client = await broker.ConnectAsync();
        CreateTopicsRequest create = new()
        {
            Topics =
            [
                new CreateTopicsRequest.CreatableTopic
                {
                    Name = "t",
                    NumPartitions = 1,
                    ReplicationFactor = 1,
                    Configs = [new CreateTopicsRequest.CreatableTopicConfig { Name = "message.timestamp.type", Value = "LogAppendTime" }],
                },
            ],
        };
        await client.CallAsync(create, 7);
        ProduceResponse response = await client.CallAsync(Requests.Produce("t", 0, Batches.Of("x", "y")), 9);
        long time = response.Single().LogAppendTimeMs;
        Assert.InRange(time, 1, broker.Model.NowMs);
        FetchResponse fetched = await client.CallAsync(Requests.Fetch("t", 0, 0), 12);
        Assert.Equal([(0, time, "x"), (1, time, "y")], Batches.Records(fetched.Single().Records));
    });

    /// <summary>A batch of one record with another header, its checksum right.</summary>
    private static byte[] Restamped(Func<RecordBatchHeader, RecordBatchHeader> change)
    {
        byte[] batch = Batches.Of("x");
        change(RecordBatchHeader.Read(batch)).Write(batch);
        BinaryPrimitives.WriteUInt32BigEndian(batch.AsSpan(RecordBatchHeader.CrcPosition), Crc32C.Compute(batch.AsSpan(RecordBatchHeader.ChecksummedFrom)));
        return batch;
    }

    private static void AssertRefused(ErrorCode expected, short version, ProduceRequest request, KafkaTestClusterOptions? options = null) =>
        TestBroker.Simulate(async broker =>
        {
            await broker.CreateTopicAsync("t");
            RawClient client = await broker.ConnectAsync();
            ProduceResponse response = await client.CallAsync(request, version);
            Assert.Equal(expected, (ErrorCode)response.Single().ErrorCode);
            Assert.Equal(expected == ErrorCode.None ? 0 : -1, response.Single().BaseOffset);

            // Nothing of what is refused is stored.
            Assert.Equal(expected == ErrorCode.None ? 1 : 0, broker.Model.Topics.Find("t")!.Partitions[0].Log.EndOffset);
        }, options);
}
