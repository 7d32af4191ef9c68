using System.Buffers.Text;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression;
using HighPerf.Kafka.Runtime;
using HighPerf.Kafka.Testing.Configs;
using HighPerf.Kafka.Testing.Connections;
using HighPerf.Kafka.Testing.Fetching;
using HighPerf.Kafka.Testing.Groups;
using HighPerf.Kafka.Testing.Handlers;
using HighPerf.Kafka.Testing.Quotas;
using HighPerf.Kafka.Testing.Logs;
using HighPerf.Kafka.Testing.Releases;
using HighPerf.Kafka.Testing.Security;
using HighPerf.Kafka.Testing.Transactions;

namespace HighPerf.Kafka.Testing.Cluster;

/// <summary>
/// What the brokers of one cluster share. All of it, brokers and connections included, belongs to one loop: no locks, and one order of events, which a seed
/// can choose. Members that other threads may use say so.
/// </summary>
internal sealed class EmbeddedCluster
{
    /// <summary>Brokers are numbered from here.</summary>
    private const int FirstBrokerId = 1;

    private long _connections;
    private long _nextProducerId;
    private Action? _stopped;

    public EmbeddedCluster(RuntimeEnvironment environment, ITransport transport, KafkaTestClusterOptions options)
    {
        Environment = environment;
        Options = options;
        Transport = transport;
        Loop = environment.CreateLoop("kafka-test-cluster", LoopKind.Borrowed);
        Scratch = new PooledBuffer(Buffers);
        FetchWakeups = new FetchWakeups(Loop);
        Log = new ClusterLog(options.Log);
        RandomSource random = environment.CreateRandom("kafka-test-cluster");
        Topics = new TopicRegistry(this, random);
        Faults = new FaultPlan(this);
        Requests = new RequestLog(this);
        Configs = new BrokerConfigs(options) { Changed = RefreshTopics };
        GroupConfigs = new GroupConfigs(Configs);
        ClusterId = NewClusterId(random);
        Release = Configs.Release;
        Groups = new GroupRegistry(this, random);
        Handlers = new HandlerTable(Release);
        Features = new ClusterFeatures(Release);
        if (Features.HasEligibleLeaderReplicas)
        {
            // As a real controller does when the feature comes into force: from then on the brokers' own settings do not count.
            Configs.Replace(BrokerConfigs.AllBrokers, new ConfigOverrides { ["min.insync.replicas"] = Configs.Get("min.insync.replicas") });
        }

        for (int i = 0; i < options.Brokers; i++)
        {
            Brokers.Add(new EmbeddedBroker(this, FirstBrokerId + i));
        }

        Controller = new Controller(this);
        Maintenance = new LogMaintenance(this);
        Coordinators = new CoordinatorTable(this, Brokers);
        Coordinators.AddListener(Groups);
        Transactions = new TransactionCoordinator(this);
        Verifier = new TransactionVerifier(this);
    }

    public RuntimeEnvironment Environment { get; }

    public KafkaTestClusterOptions Options { get; }

    public ITransport Transport { get; }

    public EventLoop Loop { get; }

    public ClusterLog Log { get; }

    public BufferPool Buffers { get; } = new();

    /// <summary>For looking into stored batches.</summary>
    public CompressionCodecs Codecs { get; } = new();

    /// <summary>What a batch is decompressed into while one item of the loop looks at it. Owner: the loop.</summary>
    public PooledBuffer Scratch { get; }

    /// <summary>What logs have let go of.</summary>
    public LogSegmentPool LogSegments { get; } = new();

    /// <summary>What a fetch reads on its way into an answer; empty between items. Owner: the loop.</summary>
    public FetchReads FetchReads { get; } = new();

    /// <summary>The waiting fetches that look again.</summary>
    public FetchWakeups FetchWakeups { get; }

    public TopicRegistry Topics { get; }

    public BrokerConfigs Configs { get; }

    public GroupConfigs GroupConfigs { get; }

    public ClientQuotas Quotas { get; } = new();

    public ScramUsers ScramUsers { get; } = new();

    /// <summary>Subscriptions to client metrics (KIP-714): kept and told, nothing more.</summary>
    public NamedConfigs ClientMetricsConfigs { get; } = new();

    public GroupRegistry Groups { get; }

    /// <summary>Which broker coordinates which group and which transactional id.</summary>
    public CoordinatorTable Coordinators { get; }

    public TransactionCoordinator Transactions { get; }

    /// <summary>Asked before a transaction's first write to a partition.</summary>
    public TransactionVerifier Verifier { get; }

    public HandlerTable Handlers { get; }

    /// <summary>What the brokers pass for.</summary>
    public KafkaRelease Release { get; }

    public ClusterFeatures Features { get; }

    public List<EmbeddedBroker> Brokers { get; } = [];

    public string ClusterId { get; }

    public Controller Controller { get; }

    /// <summary>The broker that clients are told is the controller; -1 when no broker runs.</summary>
    public int ControllerId => Controller.Id;

    public LogMaintenance Maintenance { get; }

    public bool IsStopping { get; private set; }

    public FaultPlan Faults { get; }

    public RequestLog Requests { get; }

    /// <summary>Sees every request before faults do. Set before the start, or on the loop.</summary>
    public IRequestInterceptor? Interceptor { get; set; }

    /// <summary>The wall clock, milliseconds since 1970. Any thread.</summary>
    public long NowMs => Environment.Time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Where clients begin: every broker's host and port. Any thread, once started.</summary>
    public string BootstrapServers => string.Join(',', Brokers.Select(broker => $"{broker.Host}:{broker.Port}"));

    /// <summary>Opens the listeners. Runs as one item of the loop, so that no connection is looked at before all brokers have their ports.</summary>
    /// <exception cref="IOException">An address is taken or not there.</exception>
    public void Start()
    {
        foreach (EmbeddedBroker broker in Brokers)
        {
            broker.Listen(Options.Host, Options.Port == 0 ? 0 : Options.Port + broker.NodeId - Brokers[0].NodeId);
        }
    }

    /// <summary>Closes everything; <paramref name="stopped"/> runs on the loop once the last connection is gone.</summary>
    public void Stop(Action stopped)
    {
        IsStopping = true;
        _stopped = stopped;
        Faults.Waiters.Stop();
        Requests.Stop();
        Transactions.Stop();
        foreach (EmbeddedBroker broker in Brokers)
        {
            broker.StopListening();
            broker.CloseConnections();
        }

        Loop.Disarm(Maintenance);
        foreach (Topic topic in Topics.All)
        {
            Array.ForEach(topic.Partitions, partition => partition.StopTimers());
        }

        OnConnectionGone();
    }

    public void OnConnectionGone()
    {
        if (_stopped is not null && Brokers.All(broker => broker.ConnectionCount == 0))
        {
            Action stopped = _stopped;
            _stopped = null;
            Scratch.Dispose();
            stopped();
        }
    }

    public long NextConnectionId() => ++_connections;

    public long NextProducerId() => _nextProducerId++;

    /// <summary>How many partitions a topic gets when nobody says.</summary>
    public int DefaultPartitions => (int)Configs.GetNumber("num.partitions");

    /// <summary>How many replicas a partition gets when nobody says.</summary>
    public int DefaultReplicationFactor => (int)Configs.GetNumber("default.replication.factor");

    /// <summary>The replicas of a new topic's partitions.</summary>
    public int[][] Assign(int partitions, int replicationFactor) => ReplicaPlacement.Place(Brokers, 0, partitions, replicationFactor);

    /// <summary>Creates a topic whose name was validated.</summary>
    public Topic CreateTopic(string name, int[][] assignment, TopicConfig config)
    {
        Topic topic = Topics.Create(name, assignment, config);
        Requests.Learn(topic);
        Log.Write($"topic {name} created with {assignment.Length} partitions");
        return topic;
    }

    public void DeleteTopic(Topic topic)
    {
        Topics.Delete(topic);
        Groups.Forget(topic.Id);
        Log.Write($"topic {topic.Name} deleted");
    }

    public EmbeddedBroker? FindBroker(int nodeId)
    {
        // For each request and partition, so without a delegate to allocate.
        foreach (EmbeddedBroker broker in Brokers)
        {
            if (broker.NodeId == nodeId)
            {
                return broker;
            }
        }

        return null;
    }

    private void RefreshTopics()
    {
        foreach (Topic topic in Topics.All)
        {
            topic.Config.Refresh();
        }
    }

    /// <summary>22 characters, as Apache Kafka makes them: 16 bytes in the URL-safe base64 alphabet.</summary>
    private static string NewClusterId(RandomSource random)
    {
        Span<byte> bytes = stackalloc byte[16];
        random.NextBytes(bytes);
        return Base64Url.EncodeToString(bytes);
    }
}
