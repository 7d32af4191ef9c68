using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Transactions;

namespace HighPerf.Kafka.Testing.Tests.Transactions;

/// <summary>Offsets of groups that are committed with a transaction.</summary>
public sealed class TransactionOffsetTests
{
    [Theory]
    [InlineData(false, true)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(true, false)]
    public void Offsets_count_when_the_transaction_is_committed(bool isV2, bool commit) => Run(
        async (broker, producer) =>
        {
            RawClient client = await broker.ConnectAsync();
            await CommitAsync(client, 5);
            if (!isV2)
            {
                Assert.Equal(ErrorCode.None, await producer.AddOffsetsAsync("g"));
            }

            Assert.Equal(ErrorCode.None, await producer.CommitOffsetAsync("g", "t", 0, 7));
            Assert.Equal(ErrorCode.None, await producer.CommitOffsetAsync("g", "t", 0, 8));
            Assert.Equal((5, ErrorCode.None), await FetchAsync(client, requireStable: false));
            Assert.Equal((-1, ErrorCode.UnstableOffsetCommit), await FetchAsync(client, requireStable: true));
            Assert.Equal(ErrorCode.None, await producer.EndAsync(commit));
            Assert.Equal((-1, ErrorCode.UnstableOffsetCommit), await FetchAsync(client, requireStable: true));
            await broker.WaitAsync(TimeSpan.FromSeconds(1));
            Assert.Equal((commit ? 8 : 5, ErrorCode.None), await FetchAsync(client, requireStable: true));
        },
        isV2);

    [Theory]
    [InlineData(3, ErrorCode.InvalidTxnState)]
    [InlineData(4, ErrorCode.TransactionAbortable)]
    [InlineData(5, ErrorCode.None)]
    public void A_group_that_was_not_added_is_refused_or_added(short version, ErrorCode expected) => Run(async (broker, producer) =>
    {
        Assert.Equal(expected, await producer.CommitOffsetAsync("g", "t", 0, 7, version: version));
        List<TransactionPartition> partitions = broker.Model.Transactions.Registry.Find("tx")!.Partitions;
        Assert.Equal(expected == ErrorCode.None ? [TransactionPartition.OffsetsOf("g")] : [], partitions);
    });

    [Theory]
    [InlineData("g", "nobody", 0, -1, 0, ErrorCode.UnknownTopicOrPartition)]
    [InlineData("g", "t", 9, -1, 0, ErrorCode.UnknownTopicOrPartition)]
    [InlineData("g", "t", 0, 3, 0, ErrorCode.IllegalGeneration)]
    [InlineData("g", "t", 0, -1, 4096, ErrorCode.None)]
    [InlineData("g", "t", 0, -1, 4097, ErrorCode.OffsetMetadataTooLarge)]
    [InlineData("", "t", 0, -1, 0, ErrorCode.InvalidGroupId)]
    public void A_commit_is_judged(string group, string topic, int partition, int generation, int metadata, ErrorCode expected) => Run(
        async (_, producer) => Assert.Equal(
            expected, await producer.CommitOffsetAsync(group, topic, partition, 1, generation, generation < 0 ? "" : "m", metadata: new string('m', metadata))),
        isV2: true);

    [Theory]
    [InlineData(1, ErrorCode.CoordinatorNotAvailable)]
    [InlineData(2, ErrorCode.CoordinatorLoadInProgress)]
    public void Old_producers_are_not_told_that_a_coordinator_loads(short version, ErrorCode expected) => Run(async (broker, producer) =>
    {
        Assert.Equal(ErrorCode.None, await producer.AddOffsetsAsync("g"));
        int slot = CoordinatorTable.SlotOf("g");
        broker.Model.Coordinators.Move(CoordinatorKind.Group, slot, 1, loading: true);
        Assert.Equal(expected, await producer.CommitOffsetAsync("g", "t", 0, 1, version: version));
        broker.Model.Coordinators.Move(CoordinatorKind.Group, slot, 2, loading: false);
        Assert.Equal(ErrorCode.NotCoordinator, await producer.CommitOffsetAsync("g", "t", 0, 1, version: version));
        broker.Model.Coordinators.Move(CoordinatorKind.Group, slot, 1, loading: false);
        Assert.Equal(ErrorCode.None, await producer.CommitOffsetAsync("g", "t", 0, 1, version: version));
    });

    [Theory]
    [InlineData("3.5")]
    [InlineData("3.9")]
    public void A_fenced_producer_commits_nothing(string release) => Run(
        async (broker, producer) =>
        {
            Assert.Equal(ErrorCode.None, await producer.AddOffsetsAsync("g"));
            Assert.Equal(ErrorCode.None, await producer.CommitOffsetAsync("g", "t", 0, 1));
            TransactionProducer next = new(await broker.ConnectAsync(), "tx");
            Assert.Equal(ErrorCode.ConcurrentTransactions, await next.InitAsync());
            await broker.WaitAsync(TimeSpan.FromSeconds(1));
            Assert.Equal(ErrorCode.None, await next.InitAsync());
            Assert.Equal(ErrorCode.InvalidProducerEpoch, await producer.CommitOffsetAsync("g", "t", 0, 2));
            Assert.Equal((-1, ErrorCode.None), await FetchAsync(await broker.ConnectAsync(), requireStable: true));
        },
        release: release);

    [Fact]
    public void A_commit_outside_of_the_transaction_that_came_later_wins() => Run(
        async (broker, producer) =>
        {
            RawClient client = await broker.ConnectAsync();
            Assert.Equal(ErrorCode.None, await producer.CommitOffsetAsync("g", "t", 0, 7));
            await CommitAsync(client, 9);
            Assert.Equal(ErrorCode.None, await producer.EndAsync(commit: true));
            await broker.WaitAsync(TimeSpan.FromSeconds(1));
            Assert.Equal((9, ErrorCode.None), await FetchAsync(client, requireStable: true));
        },
        isV2: true);

    private static void Run(Func<TestBroker, TransactionProducer, Task> test, bool isV2 = false, string? release = null) => TestBroker.Simulate(
        async broker =>
        {
            await broker.CreateTopicAsync("t");
            await test(broker, await TransactionProducer.StartAsync(broker, "tx", isV2));
        },
        Options(release));

    private static KafkaTestClusterOptions Options(string? release)
    {
        KafkaTestClusterOptions options = new() { TransactionMarkerDelay = TimeSpan.FromMilliseconds(500) };
        return release is null ? options : options.AsKafka(release);
    }

    private static async Task CommitAsync(RawClient client, long offset)
    {
        OffsetCommitRequest request = new()
        {
            GroupId = "g",
            GenerationIdOrMemberEpoch = -1,
            Topics =
            [
                new OffsetCommitRequest.OffsetCommitRequestTopic
                {
                    Name = "t",
                    Partitions = [new OffsetCommitRequest.OffsetCommitRequestPartition { CommittedOffset = offset }],
                },
            ],
        };
        Assert.Equal(0, Assert.Single(Assert.Single((await client.CallAsync(request, 8)).Topics).Partitions).ErrorCode);
    }

    private static async Task<(long Offset, ErrorCode Error)> FetchAsync(RawClient client, bool requireStable)
    {
        OffsetFetchRequest request = new()
        {
            GroupId = "g",
            RequireStable = requireStable,
            Topics = [new OffsetFetchRequest.OffsetFetchRequestTopic { Name = "t", PartitionIndexes = [0] }],
        };
        OffsetFetchResponse.OffsetFetchResponsePartition answer = Assert.Single(Assert.Single((await client.CallAsync(request, 7)).Topics).Partitions);
        return (answer.CommittedOffset, (ErrorCode)answer.ErrorCode);
    }
}
