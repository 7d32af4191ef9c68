using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Transactions;

namespace HighPerf.Kafka.Testing.Tests.Transactions;

/// <summary>What a partition asks the coordinator before a transaction's first batch (KIP-890), and what it does not.</summary>
public sealed class VerificationTests
{
    [Theory]
    [InlineData(9, ErrorCode.InvalidTxnState)]
    [InlineData(10, ErrorCode.InvalidTxnState)]
    [InlineData(11, ErrorCode.TransactionAbortable)]
    [InlineData(12, ErrorCode.None)]
    public void A_partition_that_was_not_added_takes_nothing_or_is_added(short version, ErrorCode expected) => Run(async (broker, producer) =>
    {
        Assert.Equal(expected, (await producer.ProduceAtAsync("t", 0, 0, version, "a")).Error);
        bool isOpen = broker.Model.Transactions.Registry.Find("tx")!.Status == TransactionStatus.Ongoing;
        Assert.Equal(expected == ErrorCode.None, isOpen);
    });

    [Theory]
    [InlineData("3.5", "true")]
    [InlineData("3.6", "false")]
    public void Without_verification_a_transaction_that_nobody_knows_stays_open(string release, string enabled) => Run(
        async (broker, producer) =>
        {
            Assert.Equal(ErrorCode.None, (await producer.ProduceAtAsync("t", 0, 0, 9, "a")).Error);
            Assert.Equal(0, broker.Model.Topics.Find("t")!.Partitions[0].LastStableOffset);
            Assert.Equal(ErrorCode.InvalidTxnState, await producer.EndAsync(commit: true, version: 3));
        },
        new KafkaTestClusterOptions { BrokerSettings = { ["transaction.partition.verification.enable"] = enabled } }.AsKafka(release));

    [Theory]
    [InlineData(1, 0, ErrorCode.InvalidProducerIdMapping)]
    [InlineData(0, -1, ErrorCode.InvalidProducerEpoch)]
    [InlineData(0, 1, ErrorCode.InvalidProducerEpoch)]
    public void Another_producer_is_refused(int idDelta, short epochDelta, ErrorCode expected) => Run(async (_, producer) =>
    {
        Assert.Equal(ErrorCode.None, await producer.InitAsync());
        producer.Identity = new ProducerIdentity(producer.Identity.Id + idDelta, (short)(producer.Identity.Epoch + epochDelta));
        foreach (short version in new short[] { 10, 11, 12 })
        {
            Assert.Equal(expected, (await producer.ProduceAtAsync("t", 0, 0, version, "a")).Error);
        }
    });

    [Fact]
    public void A_request_without_a_transactional_id_is_not_authorized() => Run(async (broker, producer) =>
    {
        ProduceRequest request = producer.Produce("t", 0, 0, "a");
        request.TransactionalId = null;
        ProduceResponse response = await (await broker.ConnectAsync()).CallAsync(request, 9);
        Assert.Equal(ErrorCode.TransactionalIdAuthorizationFailed, (ErrorCode)response.Single().ErrorCode);
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_coordinator_that_is_away_is_an_error_that_every_producer_repeats_with(bool isV2) => Run(
        async (broker, producer) =>
        {
            if (!isV2)
            {
                Assert.Equal(ErrorCode.None, await producer.AddAsync("t", 0));
                Assert.Equal(ErrorCode.None, await producer.AddAsync("t", 1));
            }

            CoordinatorTable coordinators = broker.Model.Coordinators;
            int slot = CoordinatorTable.SlotOf("tx");
            coordinators.Move(CoordinatorKind.Transaction, slot, -1, loading: false);
            Assert.Equal(ErrorCode.NotEnoughReplicas, await producer.ProduceAsync("t", 0, "a"));
            coordinators.Move(CoordinatorKind.Transaction, slot, 1, loading: true);
            Assert.Equal(ErrorCode.NotEnoughReplicas, await producer.ProduceAsync("t", 0, "a"));
            coordinators.EndLoading(CoordinatorKind.Transaction, slot);
            Assert.Equal(ErrorCode.None, await producer.ProduceAsync("t", 0, "a"));

            // Where the transaction has begun nobody asks again.
            coordinators.Move(CoordinatorKind.Transaction, slot, -1, loading: false);
            Assert.Equal(ErrorCode.None, await producer.ProduceAsync("t", 0, "b"));
            Assert.Equal(ErrorCode.NotEnoughReplicas, await producer.ProduceAsync("t", 1, "a"));
        },
        isV2: isV2);

    [Theory]
    [InlineData(false, ErrorCode.NotEnoughReplicas)]
    [InlineData(true, ErrorCode.ConcurrentTransactions)]
    public void While_markers_are_due_the_next_transaction_waits(bool isV2, ErrorCode expected) => Run(
        async (broker, producer) =>
        {
            await producer.WriteAsync("t", 0, "a");
            Assert.Equal(ErrorCode.None, await producer.EndAsync(commit: true));
            Assert.Equal(expected, await producer.ProduceAsync("t", 1, "b"));
            Assert.Equal(ErrorCode.ConcurrentTransactions, await producer.AddAsync("t", 1));
            Assert.Equal(ErrorCode.ConcurrentTransactions, await producer.AddOffsetsAsync("g"));
            await broker.WaitAsync(TimeSpan.FromSeconds(1));
            await producer.WriteAsync("t", 1, "b");
        },
        new KafkaTestClusterOptions { TransactionMarkerDelay = TimeSpan.FromMilliseconds(500) },
        isV2);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_later_batch_does_not_take_the_place_of_one_that_was_refused(bool isV2) => Run(
        async (broker, producer) =>
        {
            short version = (short)(isV2 ? 12 : 10);
            CoordinatorTable coordinators = broker.Model.Coordinators;
            int slot = CoordinatorTable.SlotOf("tx");
            if (!isV2)
            {
                Assert.Equal(ErrorCode.None, await producer.AddAsync("t", 0));
            }

            coordinators.Move(CoordinatorKind.Transaction, slot, -1, loading: false);
            Assert.Equal((ErrorCode.NotEnoughReplicas, -1L), await producer.ProduceAtAsync("t", 0, 0, version, "a"));
            coordinators.Move(CoordinatorKind.Transaction, slot, 1, loading: false);
            Assert.Equal((ErrorCode.OutOfOrderSequenceNumber, -1L), await producer.ProduceAtAsync("t", 0, 1, version, "b"));
            Assert.Equal((ErrorCode.None, 0L), await producer.ProduceAtAsync("t", 0, 0, version, "a"));
            Assert.Equal((ErrorCode.None, 1L), await producer.ProduceAtAsync("t", 0, 1, version, "b"));
        },
        isV2: isV2);

    [Theory]
    [InlineData(10, ErrorCode.None)]
    [InlineData(12, ErrorCode.OutOfOrderSequenceNumber)]
    public void A_v2_producer_begins_with_sequence_number_zero(short version, ErrorCode expected) => Run(async (_, producer) =>
    {
        Assert.Equal(ErrorCode.None, await producer.AddAsync("t", 0));
        Assert.Equal(expected, (await producer.ProduceAtAsync("t", 0, 7, version, "a")).Error);
    });

    [Fact]
    public void Within_a_transaction_every_batch_is_transactional() => Run(async (broker, producer) =>
    {
        await producer.WriteAsync("t", 0, "a");
        RawClient client = await broker.ConnectAsync();
        ProduceResponse refused = await client.CallAsync(Requests.Produce("t", 0, producer.Batch(1, ["b"], attributes: 0)), 9);
        Assert.Equal(ErrorCode.InvalidTxnState, (ErrorCode)refused.Single().ErrorCode);
        Assert.Equal(ErrorCode.None, await producer.EndAsync(commit: true));
        await broker.WaitAsync(TimeSpan.FromMilliseconds(10));
        ProduceResponse taken = await client.CallAsync(Requests.Produce("t", 0, producer.Batch(1, ["b"], attributes: 0)), 9);
        Assert.Equal(ErrorCode.None, (ErrorCode)taken.Single().ErrorCode);
    });

    [Fact]
    public void The_end_of_a_v2_transaction_fences_its_late_batches() => Run(
        async (broker, producer) =>
        {
            await producer.WriteAsync("t", 0, "a");
            ProducerIdentity before = producer.Identity;
            Assert.Equal(ErrorCode.None, await producer.EndAsync(commit: true));
            await broker.WaitAsync(TimeSpan.FromMilliseconds(10));
            ProducerIdentity after = producer.Identity;
            producer.Identity = before;
            Assert.Equal((ErrorCode.InvalidProducerEpoch, -1L), await producer.ProduceAtAsync("t", 0, 1, 12, "late"));
            producer.Identity = after;
            Assert.Equal((ErrorCode.None, 2L), await producer.ProduceAtAsync("t", 0, 0, 12, "next"));
        },
        isV2: true);

    private static void Run(
        Func<TestBroker, TransactionProducer, Task> test, KafkaTestClusterOptions? options = null, bool isV2 = false) => TestBroker.Simulate(
        async broker =>
        {
            await broker.CreateTopicAsync("t", 2);
            TransactionProducer producer = new(await broker.ConnectAsync(), "tx", isV2);
            Assert.Equal(ErrorCode.None, await producer.InitAsync(version: 3));
            await test(broker, producer);
        },
        options);
}
