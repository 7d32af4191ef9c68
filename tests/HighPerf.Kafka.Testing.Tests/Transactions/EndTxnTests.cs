using HighPerf.Kafka.Testing.Transactions;

namespace HighPerf.Kafka.Testing.Tests.Transactions;

public sealed class EndTxnTests
{
    private static readonly TimeSpan s_delay = TimeSpan.FromMilliseconds(500);

    // What transactions v1 answer: a state, the end that is asked for, the answer.
    [Theory]
    [InlineData("Empty", true, ErrorCode.InvalidTxnState)]
    [InlineData("Empty", false, ErrorCode.InvalidTxnState)]
    [InlineData("PrepareCommit", true, ErrorCode.ConcurrentTransactions)]
    [InlineData("PrepareCommit", false, ErrorCode.ConcurrentTransactions)]
    [InlineData("PrepareAbort", true, ErrorCode.ConcurrentTransactions)]
    [InlineData("PrepareAbort", false, ErrorCode.ConcurrentTransactions)]
    [InlineData("CompleteCommit", true, ErrorCode.None)]
    [InlineData("CompleteCommit", false, ErrorCode.InvalidTxnState)]
    [InlineData("CompleteAbort", true, ErrorCode.InvalidTxnState)]
    [InlineData("CompleteAbort", false, ErrorCode.None)]
    public void A_v1_end_is_judged_by_the_state(string state, bool commit, ErrorCode expected) => InState(state, isV2: false, async (broker, producer, _) =>
    {
        ProducerIdentity identity = producer.Identity;
        Assert.Equal(expected, await producer.EndAsync(commit));
        Assert.Equal(identity, producer.Identity);
        Assert.Equal(state, broker.Model.Transactions.Registry.Find("tx")!.Status.ToString());
    });

    // What transactions v2 answer: a state, whether the producer repeats its last request, the end that is asked for, the answer, by how much the epoch grows.
    [Theory]
    [InlineData("Empty", false, true, ErrorCode.InvalidTxnState, 0)]
    [InlineData("Empty", false, false, ErrorCode.None, 1)]
    [InlineData("Empty", true, true, ErrorCode.ProducerFenced, 0)]
    [InlineData("Empty", true, false, ErrorCode.ProducerFenced, 0)]
    [InlineData("PrepareCommit", false, false, ErrorCode.ConcurrentTransactions, 0)]
    [InlineData("PrepareCommit", true, true, ErrorCode.ConcurrentTransactions, 0)]
    [InlineData("PrepareAbort", true, false, ErrorCode.ConcurrentTransactions, 0)]
    [InlineData("CompleteCommit", false, true, ErrorCode.InvalidTxnState, 0)]
    [InlineData("CompleteCommit", false, false, ErrorCode.None, 1)]
    [InlineData("CompleteCommit", true, true, ErrorCode.None, 0)]
    [InlineData("CompleteCommit", true, false, ErrorCode.InvalidTxnState, 0)]
    [InlineData("CompleteAbort", false, true, ErrorCode.InvalidTxnState, 0)]
    [InlineData("CompleteAbort", false, false, ErrorCode.None, 1)]
    [InlineData("CompleteAbort", true, true, ErrorCode.InvalidTxnState, 0)]
    [InlineData("CompleteAbort", true, false, ErrorCode.None, 0)]
    public void A_v2_end_is_judged_by_state_and_epoch(string state, bool isRepeated, bool commit, ErrorCode expected, int growth) =>
        InState(state, isV2: true, async (_, producer, before) =>
        {
            ProducerIdentity current = producer.Identity;
            producer.Identity = isRepeated ? before : current;
            Assert.Equal(expected, await producer.EndAsync(commit));
            if (expected == ErrorCode.None)
            {
                Assert.Equal(current with { Epoch = (short)(current.Epoch + growth) }, producer.Identity);
            }
        });

    [Theory]
    [InlineData(1, ErrorCode.InvalidProducerEpoch)]
    [InlineData(4, ErrorCode.ProducerFenced)]
    [InlineData(5, ErrorCode.ProducerFenced)]
    public void Another_epoch_is_fenced(short version, ErrorCode expected) => InState("Ongoing", isV2: false, async (_, producer, _) =>
    {
        ProducerIdentity identity = producer.Identity;
        producer.Identity = identity with { Epoch = (short)(identity.Epoch + 1) };
        Assert.Equal(expected, await producer.EndAsync(commit: true, version));
        producer.Identity = identity with { Id = identity.Id + 1000 };
        Assert.Equal(ErrorCode.InvalidProducerIdMapping, await producer.EndAsync(commit: true, version));
    });

    [Theory]
    [InlineData("", ErrorCode.InvalidRequest)]
    [InlineData("nobody", ErrorCode.InvalidProducerIdMapping)]
    public void An_id_that_is_not_known_has_nothing_to_end(string id, ErrorCode expected) => TestBroker.Simulate(async broker =>
    {
        TransactionProducer producer = new(await broker.ConnectAsync(), id) { Identity = new ProducerIdentity(1, 0) };
        Assert.Equal(expected, await producer.EndAsync(commit: true));
        Assert.Equal(expected, await producer.EndAsync(commit: true, version: 5));
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_v2_end_with_the_last_epoch_gives_a_new_id_also_when_repeated(bool commit) => TestBroker.Simulate(
        async broker =>
        {
            await broker.CreateTopicAsync("t");
            TransactionProducer producer = await TransactionProducer.StartAsync(broker, "tx", isV2: true);
            InitProducerIdTests.Exhaust(broker, "tx");
            ProducerIdentity last = producer.Identity with { Epoch = short.MaxValue - 1 };
            producer.Identity = last;
            await producer.WriteAsync("t", 0, "a");
            Assert.Equal(ErrorCode.None, await producer.EndAsync(commit));
            ProducerIdentity renewed = producer.Identity;
            Assert.NotEqual(last.Id, renewed.Id);
            Assert.Equal(0, renewed.Epoch);

            // The next transaction may begin under the new id before the old one's markers are written: then it has to wait.
            Assert.Equal(ErrorCode.ConcurrentTransactions, await producer.ProduceAsync("t", 0, "b"));
            await broker.WaitAsync(2 * s_delay);
            producer.Identity = last;
            Assert.Equal(ErrorCode.None, await producer.EndAsync(commit));
            Assert.Equal(renewed, producer.Identity);
            await producer.WriteAsync("t", 0, "b");
            Assert.Equal(ErrorCode.None, await producer.EndAsync(commit: true));
            await broker.WaitAsync(2 * s_delay);
            string[] expected = commit ? ["a", "b"] : ["b"];
            Assert.Equal(expected, (await CommittedReader.ReadAllAsync(await broker.ConnectAsync(), "t", 0)).Values);
        },
        new KafkaTestClusterOptions { TransactionMarkerDelay = s_delay });

    [Theory]
    [InlineData("3.9", false, ErrorCode.ProducerFenced)]
    [InlineData("4.1", true, ErrorCode.None)]
    public void A_transaction_is_aborted_when_its_time_is_over(string release, bool isV2, ErrorCode late) => TestBroker.Simulate(
        async broker =>
        {
            await broker.CreateTopicAsync("t");
            TransactionProducer producer = await TransactionProducer.StartAsync(broker, "tx", isV2, timeoutMs: 15_000);
            await producer.WriteAsync("t", 0, "slow");
            await broker.WaitAsync(TimeSpan.FromSeconds(14));
            Assert.Equal(TransactionStatus.Ongoing, broker.Model.Transactions.Registry.Find("tx")!.Status);
            await broker.WaitAsync(TimeSpan.FromSeconds(11));
            Assert.Equal(TransactionStatus.CompleteAbort, broker.Model.Transactions.Registry.Find("tx")!.Status);

            // To transactions v2 the producer's own abort looks repeated, and gives it the new epoch; a commit is never taken for one.
            ProducerIdentity identity = producer.Identity;
            Assert.Equal(isV2 ? ErrorCode.InvalidTxnState : ErrorCode.ProducerFenced, await producer.EndAsync(commit: true));
            Assert.Equal(late, await producer.EndAsync(commit: false));
            producer.Identity = identity;
            Assert.Equal(ErrorCode.InvalidProducerEpoch, await producer.ProduceAsync("t", 0, "later"));
            await CommittedReader.AssertAsync(await broker.ConnectAsync(), "t", [], 2);
        },
        new KafkaTestClusterOptions().AsKafka(release));

    /// <summary>Brings a transactional id into a state; the test gets the producer and the identity that it had before its last request.</summary>
    private static void InState(string state, bool isV2, Func<TestBroker, TransactionProducer, ProducerIdentity, Task> test) => TestBroker.Simulate(
        async broker =>
        {
            await broker.CreateTopicAsync("t");
            TransactionProducer producer = await TransactionProducer.StartAsync(broker, "tx", isV2);
            Assert.Equal(ErrorCode.None, await producer.InitAsync());
            ProducerIdentity before = producer.Identity with { Epoch = (short)(producer.Identity.Epoch - 1) };
            if (state != "Empty")
            {
                await producer.WriteAsync("t", 0, "a");
            }

            if (state is not ("Empty" or "Ongoing"))
            {
                before = producer.Identity;
                Assert.Equal(ErrorCode.None, await producer.EndAsync(state.EndsWith("Commit", StringComparison.Ordinal)));
                await broker.WaitAsync(state.StartsWith("Complete", StringComparison.Ordinal) ? 2 * s_delay : TimeSpan.Zero);
            }

            Assert.Equal(state, broker.Model.Transactions.Registry.Find("tx")!.Status.ToString());
            await test(broker, producer, before);
        },
        new KafkaTestClusterOptions { TransactionMarkerDelay = s_delay });
}
