using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Runtime;
using HighPerf.Kafka.Testing.Cluster;

namespace HighPerf.Kafka.Testing.Tests.Transactions;

/// <summary>
/// Several transactional producers under trouble: lost answers, fencing, timeouts, coordinators and leaders that move. Whatever happens, read_committed readers
/// see exactly the committed transactions, groups exactly their offsets, and nothing stays open.
/// </summary>
public sealed class TransactionHistoryTests
{
    private const int Brokers = 3;
    private const int Partitions = 3;
    private static readonly string[] s_ids = ["a", "b", "shared", "shared", "shared too", "shared too"];

    public static TheoryData<ulong, string> Seeds
    {
        get
        {
            TheoryData<ulong, string> seeds = [];
            for (ulong seed = 1; seed <= 12; seed++)
            {
                seeds.Add(seed, seed % 3 == 0 ? "3.9" : "4.1");
            }

            return seeds;
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Readers_see_exactly_what_was_committed(ulong seed, string release)
    {
        RandomSource random = new(seed);
        KafkaTestClusterOptions options = new KafkaTestClusterOptions
        {
            Brokers = Brokers,
            TransactionMarkerDelay = TimeSpan.FromMilliseconds(random.Next(3) * 60),
            BrokerSettings = { ["transaction.abort.timed.out.transaction.cleanup.interval.ms"] = "1000" },
        }.AsKafka(release);
        TestBroker.Simulate(broker => RunAsync(broker, random, seed, hasV2: release == "4.1"), options, seed: seed);
    }

    private static async Task RunAsync(TestBroker broker, RandomSource random, ulong seed, bool hasV2)
    {
        TransactionLedger ledger = new();
        await CreateTopicAsync(await broker.ConnectAsync());
        List<Task> workers = [];
        for (int i = 0; i < s_ids.Length; i++)
        {
            RawClient[] clients = await ConnectAsync(broker);
            bool isV2 = hasV2 && random.Chance(0.5);
            TransactionWorker worker = new(broker, clients, new RandomSource((seed * 100) + (ulong)i), s_ids[i], isV2, ledger);
            workers.Add(worker.RunAsync(12));
        }

        using CancellationTokenSource done = new();
        Task trouble = TroubleAsync(broker, random, done.Token);
        Task<List<string>>[] readers = [.. Enumerable.Range(0, Partitions).Select(partition => FollowAsync(broker, partition, done.Token))];
        await Task.WhenAll(workers);
        await done.CancelAsync();
        await trouble;
        await broker.WaitAsync(TimeSpan.FromMilliseconds(2 * TransactionWorker.TimeoutMs));

        Assert.DoesNotContain(broker.Model.Transactions.Registry.All, transaction => transaction.IsPreparing || transaction.Partitions.Count > 0);
        List<string>[] content = new List<string>[Partitions];
        for (int partition = 0; partition < Partitions; partition++)
        {
            content[partition] = await ReadAllAsync(broker, partition, await readers[partition]);
        }

        ledger.AssertContent(content);
        ledger.AssertOffsets(broker.Model, broker.Model.Topics.Find("t")!.Id);
        Assert.True(ledger.Committed > 10 && ledger.NotCommitted > 5, $"{ledger.Committed} committed, {ledger.NotCommitted} not");
    }

    /// <summary>Moves coordinators, some of which then load for a while, and leaders.</summary>
    private static async Task TroubleAsync(TestBroker broker, RandomSource random, CancellationToken done)
    {
        while (!done.IsCancellationRequested)
        {
            await broker.WaitAsync(TimeSpan.FromMilliseconds(20 + random.Next(200)));
            int target = 1 + random.Next(Brokers);
            string id = s_ids[random.Next(s_ids.Length)];
            bool loads = random.Chance(0.5);
            switch (random.Next(3))
            {
                case 0:
                    await broker.Cluster.MoveTransactionCoordinatorAsync(id, target, loads);
                    await broker.WaitAsync(TimeSpan.FromMilliseconds(random.Next(100)));
                    await broker.Cluster.FinishLoadingTransactionAsync(id);
                    break;
                case 1:
                    await broker.Cluster.MoveGroupCoordinatorAsync(TransactionLedger.GroupOf(id), target, loads);
                    await broker.WaitAsync(TimeSpan.FromMilliseconds(random.Next(100)));
                    await broker.Cluster.FinishLoadingGroupAsync(TransactionLedger.GroupOf(id));
                    break;
                default:
                    await broker.Cluster.MoveLeaderAsync("t", random.Next(Partitions), target);
                    break;
            }
        }
    }

    /// <summary>A consumer that reads all the time, a little at a time.</summary>
    private static async Task<List<string>> FollowAsync(TestBroker broker, int partition, CancellationToken done)
    {
        RawClient[] clients = await ConnectAsync(broker);
        List<string> values = [];
        long position = 0;
        while (!done.IsCancellationRequested)
        {
            FetchRequest request = CommittedReader.Fetch("t", partition, position, maxBytes: 300);
            FetchResponse.PartitionData data = (await Leader(broker, clients, partition).CallAsync(request, CommittedReader.Version)).Single();
            if (data.ErrorCode == 0)
            {
                position = CommittedReader.Deliver(data, position, values);
            }

            await broker.WaitAsync(TimeSpan.FromMilliseconds(25));
        }

        return values;
    }

    /// <summary>The whole partition, in small pieces and in one; a consumer that followed has seen the beginning of it.</summary>
    private static async Task<List<string>> ReadAllAsync(TestBroker broker, int index, List<string> followed)
    {
        RawClient client = Leader(broker, await ConnectAsync(broker), index);
        Partition partition = broker.Model.Topics.Find("t")!.Partitions[index];
        Assert.Equal(partition.HighWatermark, partition.LastStableOffset);
        (List<string> values, long position) = await CommittedReader.ReadAllAsync(client, "t", index);
        Assert.Equal(partition.HighWatermark, position);
        Assert.Equal(values, (await CommittedReader.ReadAllAsync(client, "t", index, maxBytes: 200)).Values);
        Assert.Equal(values.Take(followed.Count), followed);
        return values;
    }

    private static RawClient Leader(TestBroker broker, RawClient[] clients, int partition) =>
        clients[Math.Max(broker.Model.Topics.Find("t")!.Partitions[partition].LeaderId, 1) - 1];

    private static async Task<RawClient[]> ConnectAsync(TestBroker broker)
    {
        List<RawClient> clients = [];
        foreach (EmbeddedBroker node in broker.Model.Brokers)
        {
            clients.Add(await broker.ConnectAsync(node));
        }

        return [.. clients];
    }

    private static async Task CreateTopicAsync(RawClient client)
    {
        CreateTopicsRequest request = new()
        {
            TimeoutMs = 1000,
            Topics = [new CreateTopicsRequest.CreatableTopic { Name = "t", NumPartitions = Partitions, ReplicationFactor = Brokers }],
        };
        Assert.Equal(0, Assert.Single((await client.CallAsync(request, 5)).Topics).ErrorCode);
    }
}
