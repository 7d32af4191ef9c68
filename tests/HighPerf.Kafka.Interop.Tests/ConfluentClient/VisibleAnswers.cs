namespace HighPerf.Kafka.Interop.Tests.ConfluentClient;

using System.Text;
using Confluent.Kafka;
using HighPerf.Kafka.Interop.Tests.Peers;

/// <summary>
/// One script of calls to a cluster of three brokers that has the topics one (a single partition) and three (three partitions), both empty; what the
/// application sees of each call is kept under a name.
/// </summary>
internal sealed class VisibleAnswers(ConfluentClients clients, CancellationToken limit)
{
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(10);

    private readonly SortedDictionary<string, string> _answers = new(StringComparer.Ordinal);

    public async Task<SortedDictionary<string, string>> PlayAsync()
    {
        AskForMetadata();
        await ProduceAsync();
        AskForOffsets();
        Read();
        Commit();
        await JoinAsync();
        await ProduceInTransactionsAsync();
        return _answers;
    }

    private void AskForMetadata()
    {
        using IAdminClient admin = clients.CreateAdmin();
        Metadata all = admin.GetMetadata(Wait);
        Keep("metadata: brokers", string.Join(' ', all.Brokers.Select(static broker => broker.BrokerId).Order()));
        Keep("metadata: topics", string.Join(' ', all.Topics.Select(static topic => $"{topic.Topic}:{topic.Partitions.Count}").Order(StringComparer.Ordinal)));
        IEnumerable<PartitionMetadata> partitions = all.Topics.SelectMany(static topic => topic.Partitions);
        Keep("metadata: every leader is a replica in sync", $"{partitions.All(static partition => partition.InSyncReplicas.Contains(partition.Leader))}");
        using IConsumer<byte[]?, byte[]?> consumer = clients.CreateConsumer(null);
        Keep("metadata: a topic that is not there", Failure(() => consumer.QueryWatermarkOffsets(new TopicPartition("absent", 0), Wait)));
        Keep("metadata: a partition that is not there", Failure(() => consumer.QueryWatermarkOffsets(new TopicPartition("three", 7), Wait)));
        consumer.Subscribe("absent");
        Keep("read: a topic that is not there", Failure(() => consumer.Consume(limit)));
    }

    private async Task ProduceAsync()
    {
        using IProducer<byte[]?, byte[]?> producer = clients.CreateProducer();
        (string, byte[]?)[] headers = [("h", Bytes("v")), ("n", null)];
        PeerRecord[] records = [.. Enumerable.Range(0, 5).Select(i => new PeerRecord(0, [(byte)i], Bytes($"{i}"), 1000 + (i * 10), headers))];
        List<DeliveryResult<byte[]?, byte[]?>> results = await ConfluentRecords.SendAsync(producer, "one", records, limit);
        Keep("produce: offsets", string.Join(' ', results.Select(static result => $"{result.Offset.Value} {result.Status}")));
        Keep("produce: timestamp", $"{results[3].Timestamp.Type} {results[3].Timestamp.UnixTimestampMs}");
        Keep("produce: a partition that is not there", await FailureAsync(
            () => producer.ProduceAsync(new TopicPartition("three", 9), new Message<byte[]?, byte[]?>(), limit)));
        using IProducer<byte[]?, byte[]?> careless = clients.CreateProducer(static config =>
        {
            config.EnableIdempotence = false;
            config.Acks = Acks.None;
        });
        DeliveryResult<byte[]?, byte[]?> unsure = await careless.ProduceAsync("three", new Message<byte[]?, byte[]?> { Value = Bytes("x") }, limit);
        Keep("produce: without acknowledgement", $"{unsure.Status} {unsure.Offset}");
    }

    private void AskForOffsets()
    {
        using IConsumer<byte[]?, byte[]?> consumer = clients.CreateConsumer(null);
        WatermarkOffsets ends = consumer.QueryWatermarkOffsets(new TopicPartition("one", 0), Wait);
        Keep("offsets: ends", $"{ends.Low} {ends.High}");
        foreach (long time in new[] { 0L, 1000, 1015, 2000 })
        {
            TopicPartitionTimestamp asked = new("one", 0, new Timestamp(time, TimestampType.CreateTime));
            Keep($"offsets: of time {time}", Assert.Single(consumer.OffsetsForTimes([asked], Wait)).Offset.ToString());
        }
    }

    private void Read()
    {
        Keep("read: all", ReadFrom(Offset.Beginning));
        Keep("read: from 3", ReadFrom(3));
        Keep("read: from the end", ReadFrom(Offset.End));
        Keep("read: the last two", ReadFrom(-2002));
        Keep("read: behind the end, reset to the beginning", ReadFrom(77));
        Keep("read: behind the end, reset to the end", ReadFrom(77, AutoOffsetReset.Latest));
        Keep("read: behind the end, no reset", ReadFrom(77, AutoOffsetReset.Error));
    }

    private void Commit()
    {
        using IConsumer<byte[]?, byte[]?> consumer = clients.CreateConsumer("keeper");
        TopicPartition[] partitions = [new("one", 0), new("three", 1)];
        Keep("commit: nothing yet", Show(consumer.Committed(partitions, Wait)));
        consumer.Commit([new TopicPartitionOffset(partitions[0], 3)]);
        Keep("commit: one partition", Show(consumer.Committed(partitions, Wait)));
        consumer.Commit([new TopicPartitionOffset(partitions[0], 1)]);
        Keep("commit: back", Show(consumer.Committed(partitions, Wait)));
        Keep("commit: a topic that is not there", Failure(() => consumer.Commit([new TopicPartitionOffset("absent", 0, 1)])));
        Keep("commit: a partition that is not there", Failure(() => consumer.Commit([new TopicPartitionOffset("three", 9, 1)])));
    }

    /// <summary>Two members share a topic, one leaves, the other goes on; then a new one starts where they stopped.</summary>
    private async Task JoinAsync()
    {
        GroupLedger ledger = new();
        using (IProducer<byte[]?, byte[]?> producer = clients.CreateProducer())
        {
            IEnumerable<PeerRecord> records = Enumerable.Range(0, 6).Select(static i => new PeerRecord(i % 3, null, Bytes("x"), 1, []));
            await ConfluentRecords.SendAsync(producer, "three", records, limit);
        }

        GroupMember one = new(clients, ledger, "A", "readers", ["three"], Hurry, limit);
        await ledger.UntilAsync("A owns all", () => ledger.OwnedCount("A") == 3, limit);
        GroupMember two = new(clients, ledger, "B", "readers", ["three"], Hurry, limit);
        await ledger.UntilAsync("both own some", () => ledger.OwnedCount("A") + ledger.OwnedCount("B") == 3 && ledger.OwnedCount("B") > 0, limit);
        Keep("group: shares", string.Join(' ', new[] { ledger.OwnedCount("A"), ledger.OwnedCount("B") }.Order()));
        await one.LeaveAsync();
        await ledger.UntilAsync("B owns all", () => ledger.OwnedCount("B") == 3, limit);
        using IConsumer<byte[]?, byte[]?> reader = clients.CreateConsumer(null);
        TopicPartition[] partitions = [.. Enumerable.Range(0, 3).Select(static number => new TopicPartition("three", number))];
        long end = partitions.Sum(partition => reader.QueryWatermarkOffsets(partition, Wait).High.Value);
        await ledger.UntilAsync("everything is read", () => ledger.ReadCount == end, limit);
        await two.LeaveAsync();
        using IConsumer<byte[]?, byte[]?> after = clients.CreateConsumer("readers");
        Keep("group: committed is the end", $"{after.Committed(partitions, Wait).Sum(static partition => partition.Offset.Value) == end}");
    }

    private async Task ProduceInTransactionsAsync()
    {
        using IProducer<byte[]?, byte[]?> producer = clients.CreateProducer(static config => config.TransactionalId = "t");
        producer.InitTransactions(Wait);
        foreach (string word in new[] { "kept", "dropped" })
        {
            producer.BeginTransaction();
            await producer.ProduceAsync("one", new Message<byte[]?, byte[]?> { Value = Bytes(word) }, limit);
            if (word == "kept")
            {
                producer.CommitTransaction(Wait);
            }
            else
            {
                producer.AbortTransaction(Wait);
            }
        }

        Keep("transactions: read committed", Values(IsolationLevel.ReadCommitted));
        Keep("transactions: read uncommitted", Values(IsolationLevel.ReadUncommitted));
        using IConsumer<byte[]?, byte[]?> consumer = clients.CreateConsumer(null);
        Keep("transactions: end", consumer.QueryWatermarkOffsets(new TopicPartition("one", 0), Wait).High.ToString());
        Keep("transactions: outside of one", Failure(() => producer.CommitTransaction(Wait)));
        using IProducer<byte[]?, byte[]?> newer = clients.CreateProducer(static config => config.TransactionalId = "t");
        newer.InitTransactions(Wait);
        producer.BeginTransaction();
        Keep("transactions: fenced", Failure(() =>
        {
            producer.Produce("one", new Message<byte[]?, byte[]?> { Value = Bytes("late") });
            producer.CommitTransaction(Wait);
        }));
    }

    /// <summary>The mock begins a rebalance when a session less one second is over.</summary>
    private static void Hurry(ConsumerConfig config)
    {
        config.SessionTimeoutMs = 2500;
        config.HeartbeatIntervalMs = 100;
    }

    private string Values(IsolationLevel isolation) =>
        string.Join(' ', ConfluentRecords.ReadAll(clients, "one", 1, limit, config =>
        {
            // The mock's markers carry no checksum.
            config.CheckCrcs = false;
            config.IsolationLevel = isolation;
        }).Select(static record => Encoding.UTF8.GetString(record.Value!)));

    private string ReadFrom(Offset offset, AutoOffsetReset reset = AutoOffsetReset.Earliest)
    {
        using IConsumer<byte[]?, byte[]?> consumer = clients.CreateConsumer(null, config => config.AutoOffsetReset = reset);
        consumer.Assign(new TopicPartitionOffset("one", 0, offset));
        StringBuilder seen = new();
        try
        {
            while (true)
            {
                ConsumeResult<byte[]?, byte[]?> result = consumer.Consume(limit);
                if (result.IsPartitionEOF)
                {
                    return seen.Append($"end at {result.Offset.Value}").ToString();
                }

                PeerRecord record = ConfluentRecords.ToRecord(result);
                seen.Append($"{record.Offset} {result.LeaderEpoch} {record.Describe()}; ");
            }
        }
        catch (ConsumeException exception)
        {
            return seen.Append(exception.Error.Code).ToString();
        }
    }

    private static string Show(IEnumerable<TopicPartitionOffset> offsets) => string.Join(' ', offsets.Select(static offset => offset.Offset.ToString()));

    private static string Failure(Action call)
    {
        try
        {
            call();
            return "none";
        }
        catch (KafkaException exception)
        {
            return exception.Error.Code.ToString();
        }
    }

    private static async Task<string> FailureAsync(Func<Task> call)
    {
        try
        {
            await call();
            return "none";
        }
        catch (KafkaException exception)
        {
            return exception.Error.Code.ToString();
        }
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private void Keep(string name, string answer) => _answers.Add(name, answer);
}
