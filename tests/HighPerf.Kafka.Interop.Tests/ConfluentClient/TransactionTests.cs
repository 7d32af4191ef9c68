namespace HighPerf.Kafka.Interop.Tests.ConfluentClient;

using System.Text;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using HighPerf.Kafka.Interop.Tests.Peers;
using HighPerf.Kafka.Interop.Tests.Scenarios;
using HighPerf.Kafka.Testing;

/// <summary>Confluent.Kafka's transactional producer, and its consumer that reads only what was committed.</summary>
public sealed class TransactionTests
{
    private const string Topic = "ledger";
    private const int Partitions = 3;

    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(20);

    [SkippableFact]
    public Task What_is_committed_is_read_and_what_is_aborted_is_not() => RunAsync(async (scenario, clients) =>
    {
        using IProducer<byte[]?, byte[]?> producer = CreateTransactional(clients, "books");
        producer.InitTransactions(Wait);
        foreach ((string values, bool commits) in new[] { ("a b c", true), ("d e f", false), ("g", true), ("h", false), ("i j", true) })
        {
            producer.BeginTransaction();
            await SendAsync(producer, values, scenario.Limit);
            End(producer, commits);
        }

        // A transaction in which nothing is written ends like any other.
        producer.BeginTransaction();
        producer.CommitTransaction(Wait);

        Assert.Equal("a b c g i j", Read(clients, IsolationLevel.ReadCommitted, scenario));
        Assert.Equal("a b c d e f g h i j", Read(clients, IsolationLevel.ReadUncommitted, scenario));

        // Each end of a transaction is a marker of one offset in every partition that the transaction wrote to; "g" and "h" went to partition 0 alone.
        Assert.Equal([10, 6, 4], Ends(clients, IsolationLevel.ReadUncommitted));
        Assert.Equal([10, 6, 4], Ends(clients, IsolationLevel.ReadCommitted));
    });

    [SkippableFact]
    public Task An_open_transaction_holds_readers_of_committed_records_back() => RunAsync(async (scenario, clients) =>
    {
        using IProducer<byte[]?, byte[]?> plain = clients.CreateProducer();
        using IProducer<byte[]?, byte[]?> producer = CreateTransactional(clients, "slow");
        producer.InitTransactions(Wait);
        await SendAsync(plain, "before", scenario.Limit);
        producer.BeginTransaction();
        await SendAsync(producer, "open", scenario.Limit);
        await SendAsync(plain, "after", scenario.Limit);

        Assert.Equal([1, 0, 0], Ends(clients, IsolationLevel.ReadCommitted));
        Assert.Equal([3, 0, 0], Ends(clients, IsolationLevel.ReadUncommitted));
        Assert.Equal("before", Read(clients, IsolationLevel.ReadCommitted, scenario));
        Assert.Equal("after before open", Read(clients, IsolationLevel.ReadUncommitted, scenario));

        producer.CommitTransaction(Wait);
        Assert.Equal([4, 0, 0], Ends(clients, IsolationLevel.ReadCommitted));
        Assert.Equal("after before open", Read(clients, IsolationLevel.ReadCommitted, scenario));
    });

    [SkippableFact]
    public Task A_second_producer_of_the_same_name_fences_the_first_and_ends_its_transaction() => RunAsync(async (scenario, clients) =>
    {
        scenario.Log.Expect("(?i)fence|fatal|newer instance");
        using IProducer<byte[]?, byte[]?> first = CreateTransactional(clients, "twice");
        first.InitTransactions(Wait);
        first.BeginTransaction();
        await SendAsync(first, "lost", scenario.Limit);

        using IProducer<byte[]?, byte[]?> second = CreateTransactional(clients, "twice");
        second.InitTransactions(Wait);
        second.BeginTransaction();
        await SendAsync(second, "kept", scenario.Limit);
        second.CommitTransaction(Wait);

        KafkaException fenced = Assert.ThrowsAny<KafkaException>(() => first.CommitTransaction(Wait));
        Assert.True(fenced.Error.IsFatal, fenced.Error.ToString());
        Assert.Equal(ErrorCode.Local_Fenced, fenced.Error.Code);
        Assert.Equal("kept", Read(clients, IsolationLevel.ReadCommitted, scenario));
        Assert.Equal("kept lost", Read(clients, IsolationLevel.ReadUncommitted, scenario));
        Assert.Equal([4, 0, 0], Ends(clients, IsolationLevel.ReadCommitted));
    });

    [SkippableFact]
    public Task Offsets_move_with_the_transaction_that_carries_them() => RunAsync(async (scenario, clients) =>
    {
        await scenario.CreateTopicAsync("input", 1);
        using IAdminClient admin = clients.CreateAdmin();
        using (IProducer<byte[]?, byte[]?> input = clients.CreateProducer())
        {
            await ConfluentRecords.SendAsync(input, "input", Words("a b c d e f"), scenario.Limit);
        }

        using IProducer<byte[]?, byte[]?> producer = CreateTransactional(clients, "worker");
        producer.InitTransactions(Wait);
        using IConsumer<byte[]?, byte[]?> consumer = clients.CreateConsumer("workers", static config =>
        {
            config.IsolationLevel = IsolationLevel.ReadCommitted;
            config.SessionTimeoutMs = 6000;
            config.HeartbeatIntervalMs = 100;
        });
        consumer.Subscribe("input");

        await WorkAsync(consumer, producer, commits: true, scenario.Limit);
        Assert.Equal(2, await CommittedAsync(admin, scenario.Limit));
        await WorkAsync(consumer, producer, commits: false, scenario.Limit);
        Assert.Equal(2, await CommittedAsync(admin, scenario.Limit));

        // An aborted transaction's input is read again.
        consumer.Seek(new TopicPartitionOffset("input", 0, 2));
        await WorkAsync(consumer, producer, commits: true, scenario.Limit);
        await WorkAsync(consumer, producer, commits: true, scenario.Limit);
        Assert.Equal(6, await CommittedAsync(admin, scenario.Limit));
        Assert.Equal("a b c d e f", Read(clients, IsolationLevel.ReadCommitted, scenario));
        consumer.Close();
    }, static options => options.TransactionMarkerDelay = TimeSpan.FromMilliseconds(20)); // so that offsets are unstable for a while, every time

    [SkippableFact]
    public Task The_coordinator_moves_between_and_within_transactions() => RunAsync(async (scenario, clients) =>
    {
        scenario.Log.Expect("(?i)not coordinator|NOT_COORDINATOR");
        using IProducer<byte[]?, byte[]?> producer = CreateTransactional(clients, "mover");
        producer.InitTransactions(Wait);
        foreach ((string words, int broker) in new[] { ("a b", 1), ("c d", 2), ("e f", 3) })
        {
            producer.BeginTransaction();
            await SendAsync(producer, words, scenario.Limit);
            await scenario.Cluster.MoveTransactionCoordinatorAsync("mover", broker);
            producer.CommitTransaction(Wait);
        }

        Assert.Equal("a b c d e f", Read(clients, IsolationLevel.ReadCommitted, scenario));
        Assert.Equal([6, 6, 0], Ends(clients, IsolationLevel.ReadCommitted));
    });

    /// <summary>Reads two records, writes them on, and ends the transaction that holds both.</summary>
    private static async Task WorkAsync(
        IConsumer<byte[]?, byte[]?> consumer, IProducer<byte[]?, byte[]?> producer, bool commits, CancellationToken limit)
    {
        producer.BeginTransaction();
        for (int i = 0; i < 2; i++)
        {
            await SendAsync(producer, Encoding.UTF8.GetString(consumer.Consume(limit).Message.Value!), limit);
        }

        TopicPartitionOffset next = new("input", 0, consumer.Position(new TopicPartition("input", 0)));
        producer.SendOffsetsToTransaction([next], consumer.ConsumerGroupMetadata, Wait);
        End(producer, commits);
    }

    /// <summary>
    /// The committed offset. A broker answers EndTxn when the outcome is decided and writes the markers afterwards; who asks for stable offsets in between is
    /// told UNSTABLE_OFFSET_COMMIT, which librdkafka's admin client hands on instead of asking again. So this asks again, for that answer alone.
    /// </summary>
    private static async Task<long> CommittedAsync(IAdminClient admin, CancellationToken limit)
    {
        ListConsumerGroupOffsetsOptions options = new() { RequireStableOffsets = true };
        ConsumerGroupTopicPartitions asked = new("workers", [new TopicPartition("input", 0)]);
        while (true)
        {
            limit.ThrowIfCancellationRequested();
            try
            {
                return Assert.Single(Assert.Single(await admin.ListConsumerGroupOffsetsAsync([asked], options)).Partitions).Offset;
            }
            catch (ListConsumerGroupOffsetsException e) when (IsUnstable(e))
            {
            }
        }
    }

    private static bool IsUnstable(ListConsumerGroupOffsetsException error) =>
        error.Results.SelectMany(static group => group.Partitions).All(static partition => partition.Error.Code == ErrorCode.UnstableOffsetCommit);

    private static Task RunAsync(Func<Scenario, ConfluentClients, Task> story, Action<KafkaTestClusterOptions>? change = null)
    {
        ConfluentLibrary.Require();
        return Scenario.RunAsync(
            async scenario =>
            {
                await scenario.CreateTopicAsync(Topic, Partitions);
                await story(scenario, new ConfluentClients(scenario.BootstrapServers, scenario.Log));
            },
            change);
    }

    private static IProducer<byte[]?, byte[]?> CreateTransactional(ConfluentClients clients, string id) =>
        clients.CreateProducer(config => config.TransactionalId = id);

    private static void End(IProducer<byte[]?, byte[]?> producer, bool commits)
    {
        if (commits)
        {
            producer.CommitTransaction(Wait);
        }
        else
        {
            producer.AbortTransaction(Wait);
        }
    }

    /// <summary>One record for each word, the first into partition 0, the next into 1, and so on.</summary>
    private static Task SendAsync(IProducer<byte[]?, byte[]?> producer, string words, CancellationToken limit) =>
        ConfluentRecords.SendAsync(producer, Topic, words.Split(' ').Select(static (word, i) => Word(i % Partitions, word)), limit);

    private static IEnumerable<PeerRecord> Words(string words) => words.Split(' ').Select(static word => Word(0, word));

    private static PeerRecord Word(int partition, string word) => new(partition, null, Encoding.UTF8.GetBytes(word), 1, []);

    /// <summary>The words that a consumer sees, sorted.</summary>
    private static string Read(ConfluentClients clients, IsolationLevel isolation, Scenario scenario) => string.Join(
        ' ', ConfluentRecords.ReadAll(clients, Topic, Partitions, scenario.Limit, config => config.IsolationLevel = isolation)
            .Select(static record => Encoding.UTF8.GetString(record.Value!)).Order(StringComparer.Ordinal));

    private static long[] Ends(ConfluentClients clients, IsolationLevel isolation)
    {
        using IConsumer<byte[]?, byte[]?> consumer = clients.CreateConsumer(null, config => config.IsolationLevel = isolation);
        return [.. Enumerable.Range(0, Partitions).Select(p => consumer.QueryWatermarkOffsets(new TopicPartition(Topic, p), Wait).High.Value)];
    }
}
