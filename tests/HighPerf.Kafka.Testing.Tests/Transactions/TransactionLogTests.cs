using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Protocol.Records;
using HighPerf.Kafka.Testing.Cluster;

namespace HighPerf.Kafka.Testing.Tests.Transactions;

/// <summary>What transactions leave in a partition, and what readers see of it.</summary>
public sealed class TransactionLogTests
{
    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public void A_marker_is_what_a_real_broker_writes(bool commit, bool isV2) => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        TransactionProducer producer = await TransactionProducer.StartAsync(broker, "tx", isV2);
        await producer.WriteAsync("t", 0, "a", "b");
        short epoch = producer.Identity.Epoch;
        Assert.Equal(ErrorCode.None, await producer.EndAsync(commit));
        await broker.WaitAsync(TimeSpan.FromMilliseconds(10));

        Partition partition = broker.Model.Topics.Find("t")!.Partitions[0];
        FetchResponse.PartitionData data = (await (await broker.ConnectAsync()).CallAsync(Requests.Fetch("t", 0, 2), 12)).Single();
        RecordBatchHeader header = RecordBatchHeader.Read(data.Records);
        Assert.Equal(78, data.Records!.Length);
        Assert.Equal(78, header.SizeInBytes);
        Assert.Equal((2L, 0, 1), (header.BaseOffset, header.LastOffsetDelta, header.RecordCount));
        Assert.Equal(RecordBatchHeader.TransactionalFlag | RecordBatchHeader.ControlFlag, header.Attributes);
        Assert.Equal((producer.Identity.Id, -1), (header.ProducerId, header.BaseSequence));
        Assert.Equal(isV2 ? epoch + 1 : epoch, header.ProducerEpoch);
        Assert.Equal(partition.LeaderEpoch, header.PartitionLeaderEpoch);
        Assert.InRange(header.MaxTimestamp, broker.Model.NowMs - 60_000, broker.Model.NowMs);
        Assert.Equal(Crc32C.Compute(data.Records.AsSpan(RecordBatchHeader.ChecksummedFrom)), header.Crc);
        AssertRecord(header, data.Records, commit ? ControlRecordType.Commit : ControlRecordType.Abort);
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Readers_of_committed_records_wait_for_the_end_others_do_not(bool commit) => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        RawClient client = await broker.ConnectAsync();
        await client.CallAsync(Requests.Produce("t", 0, Batches.Of("before")), 9);
        TransactionProducer producer = await TransactionProducer.StartAsync(broker, "tx");
        await producer.WriteAsync("t", 0, "a");
        await client.CallAsync(Requests.Produce("t", 0, Batches.Of("behind")), 9);

        Assert.Equal(["before", "a", "behind"], Batches.Values((await client.CallAsync(Requests.Fetch("t", 0, 0), 12)).Single().Records));
        await CommittedReader.AssertAsync(client, "t", ["before"], 1);
        Assert.Equal(1, await LatestAsync(client, isolation: 1));
        Assert.Equal(3, await LatestAsync(client, isolation: 0));

        RawClient consumer = await broker.ConnectAsync();
        int waiting = await consumer.BeginAsync(CommittedReader.Fetch("t", 0, 1, maxWaitMs: 30_000), CommittedReader.Version);
        await broker.WaitAsync(TimeSpan.FromSeconds(1));
        TimeSpan began = broker.Now;
        Assert.Equal(ErrorCode.None, await producer.EndAsync(commit));
        FetchResponse.PartitionData data = (await consumer.EndAsync<FetchRequest, FetchResponse>(waiting, CommittedReader.Version)).Single();
        Assert.InRange(broker.Now - began, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        Assert.Equal(4, data.LastStableOffset);
        IEnumerable<(long, long)> aborted = commit ? [] : [(producer.Identity.Id, 1L)];
        Assert.Equal(aborted, data.AbortedTransactions!.Select(known => (known.ProducerId, known.FirstOffset)));
        string[] expected = commit ? ["before", "a", "behind"] : ["before", "behind"];
        await CommittedReader.AssertAsync(client, "t", expected, 4);
    });

    [Fact]
    public void The_list_of_aborted_transactions_has_those_that_overlap() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        TransactionProducer a = await TransactionProducer.StartAsync(broker, "a");
        TransactionProducer b = await TransactionProducer.StartAsync(broker, "b");
        TransactionProducer open = await TransactionProducer.StartAsync(broker, "open");
        await a.WriteAsync("t", 0, "a0");
        await b.WriteAsync("t", 0, "b1");
        await EndAsync(broker, a, commit: false);
        await a.WriteAsync("t", 0, "a3");
        await EndAsync(broker, a, commit: true);
        await EndAsync(broker, b, commit: false);
        await open.WriteAsync("t", 0, "open6");
        await a.WriteAsync("t", 0, "a7");
        await EndAsync(broker, a, commit: false);

        // a: 0 to 2, b: 1 to 5, the last of a: 7 to 8, behind what is open.
        List<AbortedTransaction> found = [];
        Partition partition = broker.Model.Topics.Find("t")!.Partitions[0];
        Assert.Equal((6, 9), (partition.LastStableOffset, partition.HighWatermark));
        foreach ((long from, long to, long[] expected) in new (long, long, long[])[]
        {
            (0, 6, [0, 1]), (0, 1, [0]), (2, 6, [0, 1]), (3, 6, [1]), (5, 6, [1]), (6, 6, []), (6, 9, [7]), (0, 9, [0, 1, 7]),
        })
        {
            found.Clear();
            partition.AbortedTransactions(from, to, found);
            Assert.Equal(expected, found.Select(known => known.FirstOffset));
        }

        await CommittedReader.AssertAsync(await broker.ConnectAsync(), "t", ["a3"], 6, maxBytes: 100);
        await EndAsync(broker, open, commit: true);
        await CommittedReader.AssertAsync(await broker.ConnectAsync(), "t", ["a3", "open6"], 10, maxBytes: 100);
    });

    [Fact]
    public void A_log_tells_everything_again() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        TransactionProducer a = await TransactionProducer.StartAsync(broker, "a");
        TransactionProducer b = await TransactionProducer.StartAsync(broker, "b", isV2: true);
        await a.WriteAsync("t", 0, "0");
        await b.WriteAsync("t", 0, "1");
        await EndAsync(broker, a, commit: false);
        await a.WriteAsync("t", 0, "3");

        Partition partition = broker.Model.Topics.Find("t")!.Partitions[0];
        partition.Producers.Rebuild(partition.Log, partition.HighWatermark);
        Assert.Equal(1, partition.LastStableOffset);
        List<AbortedTransaction> aborted = [];
        partition.AbortedTransactions(0, 4, aborted);
        Assert.Equal([new AbortedTransaction(a.Identity.Id, 0)], aborted);

        // Both go on where they were; what was written is known.
        Assert.Equal((ErrorCode.None, 3), await a.ProduceAtAsync("t", 0, 1, 10, "3"));
        Assert.Equal(ErrorCode.None, await a.ProduceAsync("t", 0, "4"));
        Assert.Equal(ErrorCode.None, await b.ProduceAsync("t", 0, "5"));
        await EndAsync(broker, b, commit: true);
        await EndAsync(broker, a, commit: true);
        await CommittedReader.AssertAsync(await broker.ConnectAsync(), "t", ["1", "3", "4", "5"], 8);
    });

    [Fact]
    public void Markers_wait_for_a_coordinator_and_a_deleted_topic_needs_none() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        await broker.CreateTopicAsync("gone");
        TransactionProducer producer = await TransactionProducer.StartAsync(broker, "tx");
        await producer.WriteAsync("t", 0, "a");
        await producer.WriteAsync("gone", 0, "b");
        await (await broker.ConnectAsync()).CallAsync(new DeleteTopicsRequest { TopicNames = ["gone"], TimeoutMs = 1000 }, 5);
        Assert.Equal(ErrorCode.None, await producer.EndAsync(commit: true));
        int slot = CoordinatorTable.SlotOf("tx");
        int home = broker.Model.Coordinators.BrokerOf(CoordinatorKind.Transaction, slot);
        broker.Model.Coordinators.Move(CoordinatorKind.Transaction, slot, -1, loading: false);
        await broker.WaitAsync(TimeSpan.FromSeconds(5));
        broker.Model.Coordinators.Move(CoordinatorKind.Transaction, slot, home, loading: false);
        await broker.WaitAsync(TimeSpan.FromSeconds(5));
        await CommittedReader.AssertAsync(await broker.ConnectAsync(), "t", ["a"], 2);
        await producer.WriteAsync("t", 0, "c");
    });

    private static async Task EndAsync(TestBroker broker, TransactionProducer producer, bool commit)
    {
        Assert.Equal(ErrorCode.None, await producer.EndAsync(commit));
        await broker.WaitAsync(TimeSpan.FromMilliseconds(10));
    }

    private static async Task<long> LatestAsync(RawClient client, sbyte isolation)
    {
        ListOffsetsRequest request = Requests.ListOffsets("t", 0, -1);
        request.IsolationLevel = isolation;
        return (await client.CallAsync(request, 5)).Single().Offset;
    }

    private static void AssertRecord(in RecordBatchHeader header, byte[] records, ControlRecordType expected)
    {
        using PooledBuffer scratch = new(new BufferPool());
        int count = 0;
        foreach (RecordView record in new RecordBatchView(header, records, 0).GetRecords(new CompressionCodecs(), scratch))
        {
            Assert.Equal(new ControlRecord(0, expected, 0, 0), ControlRecord.Read(record));
            Assert.Equal(ControlRecord.ValueSize, record.Value.Length);
            count++;
        }

        Assert.Equal(1, count);
    }
}
