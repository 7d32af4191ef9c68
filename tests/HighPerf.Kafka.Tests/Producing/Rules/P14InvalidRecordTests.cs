using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Tests.Producing.Rules;

/// <summary>P14: INVALID_RECORD fails only the records that the broker blames (KIP-467); the rest is sent again under P18.</summary>
public sealed class P14InvalidRecordTests
{
    // A compacted topic refuses records without a key.
    private static readonly Dictionary<string, string> Compacted = new() { ["cleanup.policy"] = "compact" };

    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Lz4)]
    public void P14_only_the_blamed_records_fail(CompressionType compression) => new ProducerWorld(Gathering(compression))
    {
        TopicSettings = Compacted,
    }.Run(async world =>
    {
        Task<RecordMetadata>[] sends = [.. Enumerable.Range(0, 100).Select(i => world.Send($"v{i}", key: i % 7 == 3 ? null : $"k{i}"))];
        long next = 0;
        for (int i = 0; i < sends.Length; i++)
        {
            if (i % 7 != 3)
            {
                Assert.Equal(next++, (await sends[i]).Offset);
                continue;
            }

            KafkaProduceException e = await ProducerWorld.Failure(sends[i]);
            Assert.Equal((DeliveryOutcome.NotWritten, ErrorCode.InvalidRecord), (e.Outcome, e.Code));
            Assert.Contains("key", e.Message);
        }

        List<SentBatch> batches = world.Batches();
        Assert.Equal([ErrorCode.InvalidRecord, ErrorCode.None], batches.Select(batch => batch.Answer!.Value));
        Assert.All(batches, batch => Assert.Equal((0, 0), (batch.Header.ProducerEpoch, batch.Header.BaseSequence)));
        Assert.DoesNotContain(null, batches[1].Keys);
        await world.Send("more", key: "k");
        Assert.Equal((0, (int)next), (world.Batches()[^1].Header.ProducerEpoch, world.Batches()[^1].Header.BaseSequence));
        Assert.Equal(1, world.IdentitiesAsked);
    });

    [Fact]
    public void P14_P18_batches_behind_are_renumbered_and_order_is_kept() => new ProducerWorld { TopicSettings = Compacted }.Run(async world =>
    {
        await world.Send("warm", key: "k");
        Task<RecordMetadata> refused = world.Send("refused");
        List<Task> sends = [];
        for (int i = 0; i < 10; i++)
        {
            await world.Delay(TimeSpan.FromMicroseconds(10));
            sends.Add(world.Send($"v{i}", key: "k"));
        }

        await Task.WhenAll(sends);
        await ProducerWorld.Failure(refused);
        Assert.Equal(["warm", .. Enumerable.Range(0, 10).Select(i => $"v{i}")], world.LogValues());
        Assert.All(world.Batches(), batch => Assert.Equal(0, batch.Header.ProducerEpoch));
        Assert.Contains(world.Batches(), batch => batch.Answer == ErrorCode.OutOfOrderSequenceNumber);
        Assert.Equal(1, world.IdentitiesAsked);
    });

    [Fact]
    public void P14_a_batch_of_blamed_records_alone_fails_and_numbers_go_on() => new ProducerWorld(Gathering()) { TopicSettings = Compacted }.Run(async world =>
    {
        Task<RecordMetadata>[] refused = [world.Send("a"), world.Send("b")];
        await ProducerWorld.Failure(refused[0]);
        await ProducerWorld.Failure(refused[1]);
        Assert.Equal(0, (await world.Send("c", key: "k")).Offset);
        Assert.Equal(["0/0 a,b InvalidRecord", "0/0 c None"], world.Seen());
    });

    [Theory]
    [InlineData(-1)]
    [InlineData(2)]
    [InlineData(int.MaxValue)]
    public void P14_a_broker_that_blames_a_record_that_is_not_there_refuses_the_whole(int index) => new ProducerWorld(Gathering()).Run(async world =>
    {
        world.Change(AnswerChange.Refuse(ErrorCode.InvalidRecord, part => part["recordErrors"] = new System.Text.Json.Nodes.JsonArray(
            new System.Text.Json.Nodes.JsonObject { ["batchIndex"] = index, ["batchIndexErrorMessage"] = null })));
        Task<RecordMetadata>[] refused = [world.Send("a"), world.Send("b")];
        foreach (Task<RecordMetadata> send in refused)
        {
            Assert.Equal((DeliveryOutcome.NotWritten, ErrorCode.InvalidRecord), ((await ProducerWorld.Failure(send)).Outcome, ErrorCode.InvalidRecord));
        }

        Assert.Equal(0, (await world.Send("c")).Offset);
        Assert.Equal(["0/0 a,b InvalidRecord", "0/0 c None"], world.Seen());
    });

    [Fact]
    public void P14_a_broker_that_blames_nobody_refuses_the_whole() => new ProducerWorld(Gathering()).Run(async world =>
    {
        world.Faults.Fail(RequestMatch.Of(ApiKey.Produce).Once(), ErrorCode.InvalidRecord);
        Task<RecordMetadata>[] refused = [world.Send("a"), world.Send("b")];
        await ProducerWorld.Failure(refused[0]);
        await ProducerWorld.Failure(refused[1]);
        await world.Send("c");
        Assert.Equal(["0/0 a,b InvalidRecord", "0/0 c None"], world.Seen());
    });

    private static ProducerOptions Gathering(CompressionType compression = CompressionType.None) =>
        new() { Linger = TimeSpan.FromMilliseconds(10), Compression = compression };
}
