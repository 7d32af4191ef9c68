using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Runtime;
using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Tests.Consuming.Members;

/// <summary>An embedded cluster and members of one group of it, each with a client of its own, on virtual time.</summary>
internal sealed class GroupWorld
{
    public const string Topic = "orders";
    public const string Group = "billing";

    private readonly SimulatedNetwork _network;
    private readonly List<KafkaClient> _clients = [];

    private GroupWorld(SimulatedEnvironment environment, SimulatedNetwork network, KafkaTestCluster cluster)
    {
        Environment = environment;
        _network = network;
        Cluster = cluster;
    }

    public SimulatedEnvironment Environment { get; }

    public KafkaTestCluster Cluster { get; }

    /// <summary>Runs a test to its end; every client is closed behind it, and holds nothing then.</summary>
    public static void Run(ulong seed, int partitions, Func<GroupWorld, Task> test)
    {
        SimulatedEnvironment environment = new(seed);
        SimulatedNetwork network = new(environment);
        environment.Run(
            async () =>
            {
                await using KafkaTestCluster cluster = new(environment, network, new KafkaTestClusterOptions { Host = "broker", Port = 9092, Brokers = 2 });
                await cluster.StartAsync();
                await cluster.CreateTopicAsync(Topic, partitions);
                GroupWorld world = new(environment, network, cluster);
                await test(world);
                foreach (KafkaClient client in world._clients)
                {
                    await client.DisposeAsync();
                    Assert.Equal(0, client.Runtime.Buffers.OutstandingBuffers);
                }
            },
            TimeSpan.FromHours(2));
    }

    public Task Wait(TimeSpan time) => Environment.Wait(time);

    public KafkaClient CreateClient(string name)
    {
        KafkaClient client = new(
            new KafkaClientOptions
            {
                BootstrapServers = Cluster.BootstrapServers, ClientId = name, Transport = _network, RequestTimeout = TimeSpan.FromSeconds(5),
            },
            Environment);
        _clients.Add(client);
        return client;
    }

    /// <summary>A consumer that has subscribed to the topic.</summary>
    public KafkaConsumer<string, string> Join(string name, IRebalanceListener? listener = null, Action<ConsumerOptions>? change = null)
    {
        KafkaConsumer<string, string> consumer = Create(name, change);
        consumer.Subscribe([Topic], listener);
        return consumer;
    }

    public KafkaConsumer<string, string> Create(string name, Action<ConsumerOptions>? change = null)
    {
        ConsumerOptions options = new()
        {
            GroupId = Group,
            PartitionAssignors = [PartitionAssignors.CooperativeSticky],
            HeartbeatInterval = TimeSpan.FromMilliseconds(500),
            SessionTimeout = TimeSpan.FromSeconds(6),
            MaxPollInterval = TimeSpan.FromSeconds(60),
            AutoCommitInterval = TimeSpan.FromHours(1),
        };
        change?.Invoke(options);
        return CreateClient(name).CreateConsumer<string, string>(options);
    }

    /// <summary>Writes records whose values are their offsets.</summary>
    public async Task ProduceAsync(int partition, int count, int from = 0)
    {
        KafkaClient client = CreateClient("producer");
        await using KafkaProducer<string, string> producer = client.CreateProducer<string, string>();
        for (int i = from; i < from + count; i++)
        {
            await producer.SendAsync(new ProduceRecord<string, string>(Topic, $"k{i % 3}", $"{i}") { Partition = partition });
        }
    }

    /// <summary>The next record, however long it takes.</summary>
    public async Task<ConsumedRecord<string, string>> NextAsync(KafkaConsumer<string, string> consumer)
    {
        using CancellationTokenSource patience = new(TimeSpan.FromMinutes(2), Environment.Time);
        while (await consumer.WaitToReadAsync(patience.Token))
        {
            if (consumer.TryRead(out ConsumedRecord<string, string> record))
            {
                return record;
            }
        }

        throw new InvalidOperationException("The consumer is closed.");
    }

    /// <summary>Until something holds; fails when it does not within two minutes.</summary>
    public async Task UntilAsync(Func<bool> holds, string what)
    {
        TimeSpan limit = Environment.Now + TimeSpan.FromMinutes(2);
        while (!holds())
        {
            Assert.True(Environment.Now < limit, $"It did not come to this within two minutes: {what}");
            await Wait(TimeSpan.FromMilliseconds(20));
        }
    }

    public long Committed(int partition) =>
        Cluster.Model.Groups.Find(Group)?.Offsets.Find(Cluster.Model.Topics.Find(Topic)!.Id, partition)?.Offset ?? -1;

    /// <summary>
    /// What a client's group requests said, in the order in which brokers got them: <c>Join [0,1]</c>, <c>Sync</c>, <c>Commit 1@11</c>, <c>Leave</c>.
    /// </summary>
    public List<string> Story(string client)
    {
        List<string> story = [];
        foreach (RecordedRequest request in Cluster.Requests.Snapshot().Where(request => request.ClientId == client))
        {
            string? line = request.ApiKey switch
            {
                ApiKey.JoinGroup when request.Error != ErrorCode.MemberIdRequired => "Join",
                ApiKey.SyncGroup => "Sync",
                ApiKey.LeaveGroup => "Leave",
                ApiKey.OffsetCommit => Describe(request),
                _ => null,
            };
            if (line is not null)
            {
                story.Add(line);
            }
        }

        return story;
    }

    private static string Describe(RecordedRequest request)
    {
        KafkaReader reader = new(request.RequestBody.Span);
        OffsetCommitRequest commit = OffsetCommitRequest.Read(ref reader, request.Version);
        string offsets = string.Join(' ', commit.Topics.SelectMany(topic => topic.Partitions).OrderBy(p => p.PartitionIndex)
            .Select(p => $"{p.PartitionIndex}@{p.CommittedOffset}"));
        return request.Error == ErrorCode.None ? $"Commit {offsets}" : $"Commit {offsets} ({request.Error})";
    }
}
