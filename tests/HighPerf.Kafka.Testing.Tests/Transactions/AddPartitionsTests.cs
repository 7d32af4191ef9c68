using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Transactions;

namespace HighPerf.Kafka.Testing.Tests.Transactions;

public sealed class AddPartitionsTests
{
    [Theory]
    [InlineData(0, ErrorCode.InvalidProducerEpoch)]
    [InlineData(1, ErrorCode.InvalidProducerEpoch)]
    [InlineData(2, ErrorCode.ProducerFenced)]
    [InlineData(3, ErrorCode.ProducerFenced)]
    public void Old_versions_do_not_know_that_a_producer_can_be_fenced(short version, ErrorCode expected) => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        TransactionProducer producer = await TransactionProducer.StartAsync(broker, "tx");
        Assert.Equal(ErrorCode.None, await producer.AddAsync("t", 0, version));
        Assert.Equal(ErrorCode.None, await producer.AddOffsetsAsync("g", version));
        Assert.Equal(ErrorCode.None, await producer.AddAsync("t", 0, version));
        producer.Identity = producer.Identity with { Epoch = 1 };
        Assert.Equal(expected, await producer.AddAsync("t", 0, version));
        Assert.Equal(expected, await producer.AddOffsetsAsync("g", version));
        producer.Identity = producer.Identity with { Id = 1000 };
        Assert.Equal(ErrorCode.InvalidProducerIdMapping, await producer.AddAsync("t", 0, version));
        Assert.Equal(ErrorCode.InvalidProducerIdMapping, await producer.AddOffsetsAsync("g", version));
    });

    [Fact]
    public void All_partitions_are_added_or_none() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t", 2);
        TransactionProducer producer = await TransactionProducer.StartAsync(broker, "tx");
        AddPartitionsToTxnRequest request = new()
        {
            V3AndBelowTransactionalId = "tx",
            V3AndBelowProducerId = producer.Identity.Id,
            V3AndBelowProducerEpoch = producer.Identity.Epoch,
            V3AndBelowTopics = [Topic("t", 0, 2, 1), Topic("nobody", 0)],
        };
        AddPartitionsToTxnResponse response = await (await broker.ConnectAsync()).CallAsync(request, 3);
        Assert.Equal(
            [ErrorCode.OperationNotAttempted, ErrorCode.UnknownTopicOrPartition, ErrorCode.OperationNotAttempted, ErrorCode.UnknownTopicOrPartition],
            response.ResultsByTopicV3AndBelow.SelectMany(topic => topic.ResultsByPartition).Select(result => (ErrorCode)result.PartitionErrorCode));
        Assert.Equal(TransactionStatus.Empty, broker.Model.Transactions.Registry.Find("tx")!.Status);
    });

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public void Brokers_add_and_verify_for_several_transactions(short version) => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t", 2);
        TransactionProducer one = await TransactionProducer.StartAsync(broker, "one");
        TransactionProducer two = await TransactionProducer.StartAsync(broker, "two");
        Assert.Equal(ErrorCode.None, await two.AddAsync("t", 0));
        AddPartitionsToTxnRequest request = new() { Transactions = [Asked("one", one, verifyOnly: false), Asked("two", two, verifyOnly: true)] };
        AddPartitionsToTxnResponse response = await (await broker.ConnectAsync()).CallAsync(request, version);
        Assert.Equal(0, response.ErrorCode);
        Assert.Equal(["one", "two"], response.ResultsByTransaction.Select(result => result.TransactionalId));
        Assert.Equal(
            [ErrorCode.None, ErrorCode.None, ErrorCode.None, ErrorCode.TransactionAbortable],
            response.ResultsByTransaction.SelectMany(result => result.TopicResults).SelectMany(topic => topic.ResultsByPartition)
                .Select(result => (ErrorCode)result.PartitionErrorCode));
        Assert.Equal(2, broker.Model.Transactions.Registry.Find("one")!.Partitions.Count);
        Assert.Single(broker.Model.Transactions.Registry.Find("two")!.Partitions);
    });

    private static AddPartitionsToTxnRequest.AddPartitionsToTxnTransaction Asked(string id, TransactionProducer producer, bool verifyOnly) => new()
    {
        TransactionalId = id,
        ProducerId = producer.Identity.Id,
        ProducerEpoch = producer.Identity.Epoch,
        VerifyOnly = verifyOnly,
        Topics = [Topic("t", 0, 1)],
    };

    private static AddPartitionsToTxnRequest.AddPartitionsToTxnTopic Topic(string name, params int[] partitions) =>
        new() { Name = name, Partitions = [.. partitions] };
}
