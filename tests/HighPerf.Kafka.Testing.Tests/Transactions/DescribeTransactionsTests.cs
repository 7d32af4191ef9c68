using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Transactions;

namespace HighPerf.Kafka.Testing.Tests.Transactions;

/// <summary>DescribeTransactions, ListTransactions and DescribeProducers.</summary>
public sealed class DescribeTransactionsTests
{
    [Fact]
    public void A_transaction_is_described_from_beginning_to_end() => Run(async broker =>
    {
        await broker.CreateTopicAsync("t", 2);
        RawClient client = await broker.ConnectAsync();
        TransactionProducer producer = await TransactionProducer.StartAsync(broker, "tx", timeoutMs: 12_345);
        DescribeTransactionsResponse.TransactionStateData answer = await DescribeAsync(client, "tx");
        Assert.Equal(("Empty", 12_345, -1L), (answer.TransactionState, answer.TransactionTimeoutMs, answer.TransactionStartTimeMs));
        Assert.Equal(producer.Identity, new ProducerIdentity(answer.ProducerId, answer.ProducerEpoch));
        Assert.Empty(answer.Topics);

        await broker.WaitAsync(TimeSpan.FromMilliseconds(50));
        long began = broker.Model.NowMs;
        await producer.WriteAsync("t", 1, "a");
        Assert.Equal(ErrorCode.None, await producer.AddAsync("t", 0));
        Assert.Equal(ErrorCode.None, await producer.AddOffsetsAsync("g"));
        answer = await DescribeAsync(client, "tx");
        Assert.Equal("Ongoing", answer.TransactionState);
        Assert.InRange(answer.TransactionStartTimeMs, began, broker.Model.NowMs);
        Assert.Equal(["t", "__consumer_offsets"], answer.Topics.Select(topic => topic.Topic));
        Assert.Equal([1, 0], answer.Topics[0].Partitions);
        Assert.Equal([CoordinatorTable.SlotOf("g")], answer.Topics[1].Partitions);

        Assert.Equal(ErrorCode.None, await producer.EndAsync(commit: false));
        answer = await DescribeAsync(client, "tx");
        Assert.Equal(("PrepareAbort", 2), (answer.TransactionState, answer.Topics.Count));
        await broker.WaitAsync(TimeSpan.FromSeconds(1));
        answer = await DescribeAsync(client, "tx");
        Assert.Equal(("CompleteAbort", 0), (answer.TransactionState, answer.Topics.Count));
    });

    [Theory]
    [InlineData("", ErrorCode.InvalidRequest)]
    [InlineData("nobody", ErrorCode.TransactionalIdNotFound)]
    public void What_is_not_there_is_not_described(string id, ErrorCode expected) => Run(async broker =>
        Assert.Equal(expected, (ErrorCode)(await DescribeAsync(await broker.ConnectAsync(), id)).ErrorCode));

    [Fact]
    public void Only_the_coordinator_describes() => Run(
        async broker =>
        {
            RawClient client = await broker.ConnectAsync();
            int slot = CoordinatorTable.SlotOf("tx");
            broker.Model.Coordinators.Move(CoordinatorKind.Transaction, slot, 2, loading: false);
            Assert.Equal(ErrorCode.NotCoordinator, (ErrorCode)(await DescribeAsync(client, "tx")).ErrorCode);
            broker.Model.Coordinators.Move(CoordinatorKind.Transaction, slot, 1, loading: true);
            Assert.Equal(ErrorCode.CoordinatorLoadInProgress, (ErrorCode)(await DescribeAsync(client, "tx")).ErrorCode);
            Assert.Equal(ErrorCode.CoordinatorLoadInProgress, (ErrorCode)(await client.CallAsync(new ListTransactionsRequest(), 2)).ErrorCode);
        },
        brokers: 2);

    [Fact]
    public void Ids_are_listed_by_state_producer_age_and_pattern() => Run(async broker =>
    {
        await broker.CreateTopicAsync("t");
        RawClient client = await broker.ConnectAsync();
        TransactionProducer empty = await TransactionProducer.StartAsync(broker, "empty");
        TransactionProducer old = await TransactionProducer.StartAsync(broker, "old");
        TransactionProducer young = await TransactionProducer.StartAsync(broker, "young");
        await old.WriteAsync("t", 0, "a");
        await broker.WaitAsync(TimeSpan.FromSeconds(5));
        await young.WriteAsync("t", 0, "b");

        Assert.Equal(["empty/Empty", "old/Ongoing", "young/Ongoing"], await ListAsync(client, new ListTransactionsRequest(), 0));
        Assert.Equal(["old", "young"], Names(await ListAsync(client, new ListTransactionsRequest { StateFilters = ["Ongoing", "Dead"] }, 0)));
        Assert.Equal(["young"], Names(await ListAsync(client, new ListTransactionsRequest { ProducerIdFilters = [young.Identity.Id, 4711] }, 0)));

        // What never began counts as old, as with Apache Kafka.
        Assert.Equal(["empty", "old"], Names(await ListAsync(client, new ListTransactionsRequest { DurationFilter = 4000 }, 1)));
        Assert.Equal(["young"], Names(await ListAsync(client, new ListTransactionsRequest { TransactionalIdPattern = "y.*g" }, 2)));
        Assert.Empty(await ListAsync(client, new ListTransactionsRequest { TransactionalIdPattern = "oun" }, 2));
        Assert.Equal(3, (await ListAsync(client, new ListTransactionsRequest { TransactionalIdPattern = "" }, 2)).Count);

        ListTransactionsResponse unknown = await client.CallAsync(new ListTransactionsRequest { StateFilters = ["Ongoing", "Sleeping"] }, 0);
        Assert.Equal(["Sleeping"], unknown.UnknownStateFilters);
        Assert.Equal(2, unknown.TransactionStates.Count);
        ListTransactionsResponse bad = await client.CallAsync(new ListTransactionsRequest { TransactionalIdPattern = "(" }, 2);
        Assert.Equal(ErrorCode.InvalidRegularExpression, (ErrorCode)bad.ErrorCode);
        Assert.Equal(0, empty.Identity.Epoch);
    });

    [Fact]
    public void A_partition_describes_its_producers() => Run(async broker =>
    {
        await broker.CreateTopicAsync("t");
        RawClient client = await broker.ConnectAsync();
        TransactionProducer producer = await TransactionProducer.StartAsync(broker, "tx");
        await client.CallAsync(Requests.Produce("t", 0, Batches.Idempotent(4711, 3, 17, "x", "y")), 9);
        await producer.WriteAsync("t", 0, "a");
        List<DescribeProducersResponse.ProducerState> found = (await DescribeProducersAsync(client, "t", 0)).ActiveProducers;
        Assert.Equal([(4711, 3, 18, 1001, -1, -1), (producer.Identity.Id, 0, 0, 1000, -1, 2)], found.Select(Fields));

        Assert.Equal(ErrorCode.None, await producer.EndAsync(commit: true));
        await broker.WaitAsync(TimeSpan.FromSeconds(1));
        DescribeProducersResponse.ProducerState ended = (await DescribeProducersAsync(client, "t", 0)).ActiveProducers[1];
        Assert.Equal((0, 0, -1L), (ended.LastSequence, ended.CoordinatorEpoch, ended.CurrentTxnStartOffset));
        Assert.InRange(ended.LastTimestamp, broker.Model.NowMs - 2000, broker.Model.NowMs);

        Assert.Equal(ErrorCode.UnknownTopicOrPartition, (ErrorCode)(await DescribeProducersAsync(client, "t", 1)).ErrorCode);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, (ErrorCode)(await DescribeProducersAsync(client, "nobody", 0)).ErrorCode);
    });

    [Fact]
    public void The_coordinator_epoch_counts_moves() => Run(
        async broker =>
        {
            await broker.CreateTopicAsync("t");
            TransactionProducer producer = await TransactionProducer.StartAsync(broker, "tx");
            int slot = CoordinatorTable.SlotOf("tx");
            broker.Model.Coordinators.Move(CoordinatorKind.Transaction, slot, 2, loading: false);
            broker.Model.Coordinators.Move(CoordinatorKind.Transaction, slot, 1, loading: false);
            await producer.WriteAsync("t", 0, "a");
            Assert.Equal(ErrorCode.None, await producer.EndAsync(commit: true));
            await broker.WaitAsync(TimeSpan.FromSeconds(1));
            Assert.Equal(2, Assert.Single(broker.Model.Topics.Find("t")!.Partitions[0].Producers.All).CoordinatorEpoch);
        },
        brokers: 2);

    private static void Run(Func<TestBroker, Task> test, int brokers = 1) =>
        TestBroker.Simulate(test, new KafkaTestClusterOptions { Brokers = brokers, TransactionMarkerDelay = TimeSpan.FromMilliseconds(500) });

    private static (long, int, int, long, int, long) Fields(DescribeProducersResponse.ProducerState state) =>
        (state.ProducerId, state.ProducerEpoch, state.LastSequence, state.LastTimestamp, state.CoordinatorEpoch, state.CurrentTxnStartOffset);

    private static IEnumerable<string> Names(List<string> listed) => listed.Select(entry => entry.Split('/')[0]);

    private static async Task<List<string>> ListAsync(RawClient client, ListTransactionsRequest request, short version)
    {
        ListTransactionsResponse response = await client.CallAsync(request, version);
        Assert.Equal(0, response.ErrorCode);
        return response.TransactionStates.ConvertAll(state => $"{state.TransactionalId}/{state.TransactionState}");
    }

    private static async Task<DescribeTransactionsResponse.TransactionStateData> DescribeAsync(RawClient client, string id) =>
        Assert.Single((await client.CallAsync(new DescribeTransactionsRequest { TransactionalIds = [id] }, 0)).TransactionStates);

    private static async Task<DescribeProducersResponse.PartitionResponse> DescribeProducersAsync(RawClient client, string topic, int partition)
    {
        DescribeProducersRequest request = new() { Topics = [new DescribeProducersRequest.TopicRequest { Name = topic, PartitionIndexes = [partition] }] };
        return Assert.Single(Assert.Single((await client.CallAsync(request, 0)).Topics).Partitions);
    }
}
