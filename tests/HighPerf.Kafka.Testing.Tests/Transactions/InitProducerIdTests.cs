using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Transactions;

namespace HighPerf.Kafka.Testing.Tests.Transactions;

public sealed class InitProducerIdTests
{
    [Theory]
    [InlineData("tx", 0, ErrorCode.InvalidTransactionTimeout)]
    [InlineData("tx", -1, ErrorCode.InvalidTransactionTimeout)]
    [InlineData("tx", 900_001, ErrorCode.InvalidTransactionTimeout)]
    [InlineData("tx", 900_000, ErrorCode.None)]
    [InlineData("", -1, ErrorCode.InvalidRequest)]
    public void The_timeout_has_bounds(string id, int timeoutMs, ErrorCode expected) => TestBroker.Simulate(async broker =>
        Assert.Equal(expected, await new TransactionProducer(await broker.ConnectAsync(), id).InitAsync(timeoutMs)));

    [Fact]
    public void Every_producer_of_an_id_gets_the_next_epoch_in_every_version() => TestBroker.Simulate(async broker =>
    {
        TransactionProducer other = await TransactionProducer.StartAsync(broker, "other");
        TransactionProducer producer = new(await broker.ConnectAsync(), "tx");
        short epoch = 0;
        foreach (short version in Requests.Versions(0, 5))
        {
            Assert.Equal(ErrorCode.None, await producer.InitAsync(version: version));
            Assert.Equal(new ProducerIdentity(producer.Identity.Id, epoch++), producer.Identity);
            Assert.NotEqual(other.Identity.Id, producer.Identity.Id);
        }
    });

    [Theory]
    [InlineData(5, -1)]
    [InlineData(-1, 5)]
    public void A_producer_names_itself_by_id_and_epoch(long id, short epoch) => TestBroker.Simulate(async broker =>
    {
        TransactionProducer producer = new(await broker.ConnectAsync(), "tx");
        Assert.Equal(ErrorCode.InvalidRequest, await producer.InitAsync(expected: new ProducerIdentity(id, epoch)));
    });

    [Fact]
    public void A_producer_that_names_itself_goes_on_and_may_repeat_its_request() => TestBroker.Simulate(async broker =>
    {
        TransactionProducer producer = await TransactionProducer.StartAsync(broker, "tx");
        ProducerIdentity first = producer.Identity;
        Assert.Equal(ErrorCode.None, await producer.InitAsync(expected: first));
        ProducerIdentity second = producer.Identity;
        Assert.Equal(first with { Epoch = 1 }, second);
        Assert.Equal(ErrorCode.None, await producer.InitAsync(expected: first));
        Assert.Equal(second, producer.Identity);

        Assert.Equal(ErrorCode.None, await producer.InitAsync(expected: second));
        Assert.Equal(ErrorCode.ProducerFenced, await producer.InitAsync(expected: first));
        Assert.Equal(ErrorCode.InvalidProducerEpoch, await producer.InitAsync(expected: first, version: 3));
        Assert.Equal(ErrorCode.ProducerFenced, await producer.InitAsync(expected: new ProducerIdentity(first.Id + 1000, 2)));
    });

    [Fact]
    public void A_new_producer_fences_the_one_that_names_itself() => TestBroker.Simulate(async broker =>
    {
        TransactionProducer old = await TransactionProducer.StartAsync(broker, "tx");
        ProducerIdentity first = old.Identity;
        await TransactionProducer.StartAsync(broker, "tx");
        Assert.Equal(ErrorCode.ProducerFenced, await old.InitAsync(expected: first));
    });

    [Fact]
    public void A_producer_whose_id_was_forgotten_gets_a_new_one() => TestBroker.Simulate(async broker =>
    {
        TransactionProducer producer = new(await broker.ConnectAsync(), "tx");
        Assert.Equal(ErrorCode.None, await producer.InitAsync(expected: new ProducerIdentity(77, 7)));
        Assert.Equal(0, producer.Identity.Epoch);
        Assert.NotEqual(77, producer.Identity.Id);
    });

    [Theory]
    [InlineData("3.9", false)]
    [InlineData("4.1", true)]
    public void An_open_transaction_is_aborted_first(string release, bool isV2) => TestBroker.Simulate(
        async broker =>
        {
            await broker.CreateTopicAsync("t");
            TransactionProducer old = await TransactionProducer.StartAsync(broker, "tx", isV2);
            await old.WriteAsync("t", 0, "lost");
            TransactionProducer next = new(await broker.ConnectAsync(), "tx", isV2);
            Assert.Equal(ErrorCode.ConcurrentTransactions, await next.InitAsync());
            Assert.Equal(ErrorCode.ConcurrentTransactions, await next.InitAsync());
            await broker.WaitAsync(TimeSpan.FromSeconds(1));
            Assert.Equal(ErrorCode.None, await next.InitAsync());
            Assert.Equal(old.Identity with { Epoch = 2 }, next.Identity);

            Assert.Equal(ErrorCode.ProducerFenced, await old.EndAsync(commit: true));
            Assert.Equal(ErrorCode.ProducerFenced, await old.AddAsync("t", 0));
            Assert.Equal(ErrorCode.InvalidProducerEpoch, await old.ProduceAsync("t", 0, "late"));
            await next.WriteAsync("t", 0, "kept");
            Assert.Equal(ErrorCode.None, await next.EndAsync(commit: true));
            await broker.WaitAsync(TimeSpan.FromSeconds(1));
            Assert.Equal(["kept"], (await CommittedReader.ReadAllAsync(await broker.ConnectAsync(), "t", 0)).Values);
        },
        new KafkaTestClusterOptions { TransactionMarkerDelay = TimeSpan.FromMilliseconds(500) }.AsKafka(release));

    [Fact]
    public void Used_up_epochs_give_a_new_producer_id() => TestBroker.Simulate(async broker =>
    {
        TransactionProducer producer = await TransactionProducer.StartAsync(broker, "tx");
        Exhaust(broker, "tx");
        ProducerIdentity last = producer.Identity with { Epoch = short.MaxValue - 1 };
        Assert.Equal(ErrorCode.None, await producer.InitAsync(expected: last));
        ProducerIdentity renewed = producer.Identity;
        Assert.Equal(0, renewed.Epoch);
        Assert.NotEqual(last.Id, renewed.Id);

        // The answer was lost: the old identity is known as the one before.
        Assert.Equal(ErrorCode.None, await producer.InitAsync(expected: last));
        Assert.Equal(renewed, producer.Identity);
        Assert.Equal(ErrorCode.ProducerFenced, await producer.InitAsync(expected: last with { Epoch = 5 }));
    });

    [Fact]
    public void A_moved_or_loading_coordinator_says_so_and_knows_everything_after() => TestBroker.Simulate(
        async broker =>
        {
            TransactionProducer producer = await TransactionProducer.StartAsync(broker, "tx");
            CoordinatorTable coordinators = broker.Model.Coordinators;
            int slot = CoordinatorTable.SlotOf("tx");
            int home = coordinators.BrokerOf(CoordinatorKind.Transaction, slot);
            Assert.Equal(broker.Broker.NodeId, home);
            coordinators.Move(CoordinatorKind.Transaction, slot, home + 1, loading: false);
            Assert.Equal(ErrorCode.NotCoordinator, await producer.InitAsync());
            Assert.Equal(ErrorCode.NotCoordinator, await producer.EndAsync(commit: true));
            coordinators.Move(CoordinatorKind.Transaction, slot, home, loading: true);
            Assert.Equal(ErrorCode.CoordinatorLoadInProgress, await producer.InitAsync());
            coordinators.EndLoading(CoordinatorKind.Transaction, slot);
            Assert.Equal(ErrorCode.None, await producer.InitAsync());
            Assert.Equal(1, producer.Identity.Epoch);
        },
        new KafkaTestClusterOptions { Brokers = 2 });

    [Fact]
    public void An_id_that_is_not_used_is_forgotten_an_open_transaction_is_not() => TestBroker.Simulate(
        async broker =>
        {
            await broker.CreateTopicAsync("t");
            TransactionProducer idle = await TransactionProducer.StartAsync(broker, "idle");
            TransactionProducer busy = await TransactionProducer.StartAsync(broker, "busy", timeoutMs: 900_000);
            await broker.WaitAsync(TimeSpan.FromMinutes(70));
            Assert.Equal(ErrorCode.None, await busy.InitAsync(900_000));
            Assert.Equal(ErrorCode.None, await busy.AddAsync("t", 0));
            Assert.Equal(ErrorCode.None, await idle.AddAsync("t", 0));
            Assert.Equal(ErrorCode.None, await idle.EndAsync(commit: true));
            await broker.WaitAsync(TimeSpan.FromMinutes(130));
            Assert.Equal(ErrorCode.InvalidProducerIdMapping, await idle.AddAsync("t", 0));
            Assert.Equal(ErrorCode.None, await idle.InitAsync());
            Assert.Equal(0, idle.Identity.Epoch);
        },
        new KafkaTestClusterOptions { BrokerSettings = { ["transactional.id.expiration.ms"] = "5400000" } },
        limit: TimeSpan.FromHours(4));

    /// <summary>Initialises producers until only one more epoch may be given out.</summary>
    internal static void Exhaust(TestBroker broker, string id)
    {
        Transaction transaction = broker.Model.Transactions.Registry.Find(id)!;
        while (!transaction.Producer.IsExhausted)
        {
            Assert.Equal(ErrorCode.None, transaction.Initialize(null, 60_000, broker.Model.NowMs, () => throw new InvalidOperationException()));
        }
    }
}
