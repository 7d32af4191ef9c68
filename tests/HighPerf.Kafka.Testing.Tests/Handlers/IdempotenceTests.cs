using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Protocol.Records;

namespace HighPerf.Kafka.Testing.Tests.Handlers;

public sealed class IdempotenceTests
{
    [Fact]
    public void Producer_ids_are_new_in_every_version() => TestBroker.Simulate(async broker =>
    {
        RawClient client = await broker.ConnectAsync();
        List<long> ids = [];
        foreach (short version in Requests.Versions(0, 5))
        {
            InitProducerIdRequest request = new() { TransactionalId = null, TransactionTimeoutMs = 1000 };
            InitProducerIdResponse response = await client.CallAsync(request, version);
            Assert.Equal(0, response.ErrorCode);
            Assert.Equal(0, response.ProducerEpoch);
            ids.Add(response.ProducerId);
        }

        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.Equal(ids.Order(), ids);
    });

    [Fact]
    public void A_repeated_batch_gets_its_first_offset_within_five_batches_P1() => Produce(async produce =>
    {
        for (int i = 0; i < 6; i++)
        {
            Assert.Equal((ErrorCode.None, i), await produce(1, 0, i));
        }

        // The last five are known; the one before them is not, and does not follow the last one.
        for (int i = 1; i < 6; i++)
        {
            Assert.Equal((ErrorCode.None, i), await produce(1, 0, i));
        }

        Assert.Equal((ErrorCode.OutOfOrderSequenceNumber, -1), await produce(1, 0, 0));
        Assert.Equal((ErrorCode.None, 6), await produce(1, 0, 6));
    });

    [Fact]
    public void A_gap_in_the_sequence_is_refused_P4() => Produce(async produce =>
    {
        Assert.Equal((ErrorCode.None, 0), await produce(1, 0, 0));
        Assert.Equal((ErrorCode.OutOfOrderSequenceNumber, -1), await produce(1, 0, 2));
        Assert.Equal((ErrorCode.None, 1), await produce(1, 0, 1));
        Assert.Equal((ErrorCode.None, 2), await produce(1, 0, 2));
    });

    [Theory]
    [InlineData("2.4", ErrorCode.UnknownProducerId)]
    [InlineData("2.5", ErrorCode.None)]
    public void Before_KIP_360_a_producer_had_to_be_known(string release, ErrorCode expected) => Produce(
        async produce =>
        {
            Assert.Equal(expected, (await produce(1, 3, 17)).Item1);
            Assert.Equal(ErrorCode.None, (await produce(2, 3, 0)).Item1);
        },
        new KafkaTestClusterOptions().AsKafka(release));

    [Theory]
    [InlineData("2.3", ErrorCode.UnknownProducerId)]
    [InlineData("2.4", ErrorCode.None)]
    public void Old_brokers_forgot_a_producer_with_its_last_record(string release, ErrorCode expected) => TestBroker.Simulate(
        async broker =>
        {
            await broker.CreateTopicAsync("t");
            RawClient client = await broker.ConnectAsync();
            await client.CallAsync(Requests.Produce("t", 0, Batches.Idempotent(1, 0, 0, "a")), 7);
            broker.Model.Topics.Find("t")!.Partitions[0].DeleteRecords(1);
            ProduceResponse response = await client.CallAsync(Requests.Produce("t", 0, Batches.Idempotent(1, 0, 1, "b")), 7);
            Assert.Equal(expected, (ErrorCode)response.Single().ErrorCode);
        },
        new KafkaTestClusterOptions().AsKafka(release));

    [Fact]
    public void A_silent_producer_is_forgotten_at_the_next_look() => TestBroker.Simulate(
        async broker =>
        {
            await broker.CreateTopicAsync("t");
            RawClient client = await broker.ConnectAsync();
            async Task<ErrorCode> ProduceAsync(int sequence, long timestamp)
            {
                RecordBatchHeader template = new() { ProducerId = 1, ProducerEpoch = 0, BaseSequence = sequence };
                byte[] batch = Batches.Of(["x"], timestamp, null, template);
                return (ErrorCode)(await client.CallAsync(Requests.Produce("t", 0, batch), 9)).Single().ErrorCode;
            }

            Assert.Equal(ErrorCode.None, await ProduceAsync(0, broker.Model.NowMs));
            await broker.WaitAsync(TimeSpan.FromMinutes(11));
            Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, await ProduceAsync(5, broker.Model.NowMs));
            await broker.WaitAsync(TimeSpan.FromMinutes(31));
            Assert.Equal(ErrorCode.None, await ProduceAsync(5, broker.Model.NowMs));

            // The age of a producer is that of its records, whatever those say.
            Assert.Equal(ErrorCode.None, await ProduceAsync(6, 1000));
            Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, await ProduceAsync(9, 1000));
            await broker.WaitAsync(TimeSpan.FromMinutes(11));
            Assert.Equal(ErrorCode.None, await ProduceAsync(9, 1000));
        },
        new KafkaTestClusterOptions { BrokerSettings = { ["producer.id.expiration.ms"] = "1800000" } },
        limit: TimeSpan.FromHours(2));

    [Fact]
    public void A_producer_that_is_not_known_may_begin_anywhere() => Produce(async produce => Assert.Equal((ErrorCode.None, 0), await produce(1, 3, 17)));

    [Fact]
    public void An_old_epoch_is_fenced_and_a_new_one_begins_at_zero() => Produce(async produce =>
    {
        Assert.Equal((ErrorCode.None, 0), await produce(1, 1, 0));
        Assert.Equal((ErrorCode.InvalidProducerEpoch, -1), await produce(1, 0, 1));
        Assert.Equal((ErrorCode.OutOfOrderSequenceNumber, -1), await produce(1, 2, 1));
        Assert.Equal((ErrorCode.None, 1), await produce(1, 2, 0));
        Assert.Equal((ErrorCode.InvalidProducerEpoch, -1), await produce(1, 1, 1));
    });

    [Fact]
    public void Producers_do_not_disturb_each_other() => Produce(async produce =>
    {
        Assert.Equal((ErrorCode.None, 0), await produce(1, 0, 0));
        Assert.Equal((ErrorCode.None, 1), await produce(2, 0, 0));
        Assert.Equal((ErrorCode.None, 2), await produce(1, 0, 1));
        Assert.Equal((ErrorCode.None, 3), await produce(2, 0, 1));
        Assert.Equal((ErrorCode.None, 0), await produce(1, 0, 0));
    });

    [Fact]
    public void Sequence_numbers_wrap_P2() => Produce(async produce =>
    {
        Assert.Equal((ErrorCode.None, 0), await produce(1, 0, int.MaxValue));
        Assert.Equal((ErrorCode.None, 1), await produce(1, 0, 0));
        Assert.Equal((ErrorCode.None, 0), await produce(1, 0, int.MaxValue));
    });

    [Fact]
    public void Sequence_numbers_wrap_within_a_batch_P2() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        RawClient client = await broker.ConnectAsync();
        ProduceResponse first = await client.CallAsync(Requests.Produce("t", 0, Batches.Idempotent(1, 0, int.MaxValue - 1, "a", "b", "c")), 9);
        ProduceResponse second = await client.CallAsync(Requests.Produce("t", 0, Batches.Idempotent(1, 0, 1, "d")), 9);
        ProduceResponse repeated = await client.CallAsync(Requests.Produce("t", 0, Batches.Idempotent(1, 0, int.MaxValue - 1, "a", "b", "c")), 9);
        Assert.Equal([(0, 0L), (0, 3L), (0, 0L)], new[] { first, second, repeated }.Select(r => ((int)r.Single().ErrorCode, r.Single().BaseOffset)));
        Assert.Equal(4, broker.Model.Topics.Find("t")!.Partitions[0].Log.EndOffset);
    });

    [Theory]
    [InlineData(0, -1)]
    [InlineData(-1, 0)]
    public void A_producer_id_comes_with_epoch_and_sequence(short epoch, int sequence) =>
        Produce(async produce => Assert.Equal((ErrorCode.InvalidRecord, -1), await produce(1, epoch, sequence)));

    /// <summary>Gives a way to produce one record with producer id, epoch and sequence number, that returns error and offset.</summary>
    private static void Produce(Func<Func<long, short, int, Task<(ErrorCode, long)>>, Task> test, KafkaTestClusterOptions? options = null) =>
        TestBroker.Simulate(
            async broker =>
            {
                await broker.CreateTopicAsync("t");
                RawClient client = await broker.ConnectAsync();
                await test(async (id, epoch, sequence) =>
                {
                    ProduceResponse response = await client.CallAsync(Requests.Produce("t", 0, Batches.Idempotent(id, epoch, sequence, "x")), 7);
                    return ((ErrorCode)response.Single().ErrorCode, response.Single().BaseOffset);
                });
            },
            options);
}
