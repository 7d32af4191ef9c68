using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Runtime;
using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Tests.Administration;

/// <summary>An embedded cluster of three brokers in virtual time, a client, and members of groups as they look on the wire.</summary>
internal sealed class GroupsWorld
{
    private readonly SimulatedEnvironment _environment;
    private readonly SimulatedNetwork _network;
    private readonly string? _release;

    public GroupsWorld(ulong seed = 1, string? release = null)
    {
        _environment = new SimulatedEnvironment(seed);
        _network = new SimulatedNetwork(_environment);
        _release = release;
    }

    public static TheoryData<ulong> Seeds => [1, 2, 3, 4];

    public TimeSpan Now => _environment.Now;

    public KafkaTestCluster Cluster { get; private set; } = null!;

    public KafkaClient Client { get; private set; } = null!;

    public KafkaGroups Groups => Client.Groups;

    /// <summary>Runs a test with topic <c>a</c> of 2 and topic <c>b</c> of 3 partitions to its end; no buffer may be left.</summary>
    public void Run(Func<Task> test) => _environment.Run(
        async () =>
        {
            KafkaTestClusterOptions options = new() { Host = "broker", Port = 9092, Brokers = 3, AutoCreateTopics = false };
            Cluster = new KafkaTestCluster(_environment, _network, _release is null ? options : options.AsKafka(_release));
            await Cluster.StartAsync();
            await Cluster.CreateTopicAsync("a", 2, 3);
            await Cluster.CreateTopicAsync("b", 3, 3);
            Client = new KafkaClient(
                new KafkaClientOptions
                {
                    BootstrapServers = Cluster.BootstrapServers,
                    Transport = _network,
                    ClientId = "admin",
                    OperationTimeout = TimeSpan.FromSeconds(20),
                    RequestTimeout = TimeSpan.FromSeconds(4),
                },
                _environment);
            await test();
            await Client.DisposeAsync();
            await Cluster.DisposeAsync();
            Assert.Equal(0, Client.Runtime.Buffers.OutstandingBuffers);
        },
        TimeSpan.FromHours(1));

    public async Task ProduceAsync(string topic, int partition, int records)
    {
        await using KafkaProducer<string, string> producer = Client.CreateProducer<string, string>();
        for (int i = 0; i < records; i++)
        {
            await producer.SendAsync(new ProduceRecord<string, string>(topic, "k", "v") { Partition = partition });
        }
    }

    /// <summary>A classic group of one member, which gives itself these bytes; it sends no heartbeats and lives for minutes.</summary>
    /// <param name="protocolType"><c>consumer</c>, or what else calls its members.</param>
    public async Task<string> JoinAsync(string group, byte[] subscription, byte[] assignment, string protocolType = "consumer")
    {
        int coordinator = (await Client.Cluster.Coordinators.FindAsync(
            Kafka.Metadata.CoordinatorType.Group, group, TimeSpan.FromSeconds(10), default)).Id;
        JoinGroupRequest join = new()
        {
            GroupId = group, SessionTimeoutMs = 300_000, RebalanceTimeoutMs = 300_000, MemberId = "", ProtocolType = protocolType,
            Protocols = [new JoinGroupRequest.JoinGroupRequestProtocol { Name = "range", Metadata = subscription }],
        };
        JoinGroupResponse joined = await SendAsync<JoinGroupRequest, JoinGroupResponse>(coordinator, join);
        if ((ErrorCode)joined.ErrorCode == ErrorCode.MemberIdRequired)
        {
            join.MemberId = joined.MemberId;
            joined = await SendAsync<JoinGroupRequest, JoinGroupResponse>(coordinator, join);
        }

        SyncGroupResponse synced = await SendAsync<SyncGroupRequest, SyncGroupResponse>(coordinator, new SyncGroupRequest
        {
            GroupId = group, GenerationId = joined.GenerationId, MemberId = joined.MemberId, ProtocolType = protocolType, ProtocolName = "range",
            Assignments = [new SyncGroupRequest.SyncGroupRequestAssignment { MemberId = joined.MemberId, Assignment = assignment }],
        });
        Assert.Equal((ErrorCode.None, ErrorCode.None), ((ErrorCode)joined.ErrorCode, (ErrorCode)synced.ErrorCode));
        return joined.MemberId;
    }

    /// <summary>A KIP-848 group of one member, which owns what it was told.</summary>
    public async Task<string> JoinConsumerGroupAsync(string group, params string[] topics)
    {
        int coordinator = (await Client.Cluster.Coordinators.FindAsync(
            Kafka.Metadata.CoordinatorType.Group, group, TimeSpan.FromSeconds(10), default)).Id;
        ConsumerGroupHeartbeatRequest join = new()
        {
            GroupId = group, MemberId = "member-1", MemberEpoch = 0, RackId = "r1", RebalanceTimeoutMs = 300_000, SubscribedTopicNames = [.. topics],
            TopicPartitions = [],
        };
        ConsumerGroupHeartbeatResponse joined = await SendAsync<ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse>(coordinator, join);
        Assert.Equal(ErrorCode.None, (ErrorCode)joined.ErrorCode);
        return joined.MemberId!;
    }

    private Task<TResponse> SendAsync<TRequest, TResponse>(int broker, TRequest message)
        where TRequest : class, IKafkaRequest<TRequest, TResponse>
        where TResponse : class, IKafkaMessage<TResponse> => Client.Cluster.SendAsync<TRequest, TResponse>(broker, message, null, default);
}
