using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Runtime;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Connections;
using HighPerf.Kafka.Testing.Releases;

namespace HighPerf.Kafka.Testing.Tests;

/// <summary>A running broker and the way to talk to it, on virtual time or on real threads.</summary>
internal sealed class TestBroker
{
    private readonly RuntimeEnvironment _environment;

    private TestBroker(RuntimeEnvironment environment, KafkaTestCluster cluster)
    {
        _environment = environment;
        Cluster = cluster;
    }

    public KafkaTestCluster Cluster { get; }

    public EmbeddedCluster Model => Cluster.Model;

    public EmbeddedBroker Broker => Cluster.Model.Brokers[0];

    public IReadOnlyList<string> Log => Cluster.Model.Log.Lines;

    public TimeProvider Time => _environment.Time;

    /// <summary>Runs a test on the seeded scheduler, where time is virtual. Returns the hash of all that happened.</summary>
    public static ulong Simulate(
        Func<TestBroker, Task> test,
        KafkaTestClusterOptions? options = null,
        IRequestInterceptor? interceptor = null,
        ulong seed = 1,
        NetworkFaultPlan? plan = null,
        TimeSpan? limit = null)
    {
        SimulatedEnvironment environment = new(seed);
        SimulatedNetwork network = new(environment, plan);
        environment.Run(() => RunAsync(environment, network, test, options, interceptor), limit ?? TimeSpan.FromMinutes(10));
        return environment.Log.Hash;
    }

    /// <summary>Runs a test on real threads.</summary>
    public static Task RunAsync(KafkaTestTransport kind, Func<TestBroker, Task> test, KafkaTestClusterOptions? options = null)
    {
        ITransport transport = kind == KafkaTestTransport.Tcp ? new TcpTransport() : new InMemoryTransport();
        return RunAsync(new ProductionEnvironment(), transport, test, options, null);
    }

    /// <summary>Connects to a broker by its id.</summary>
    public Task<RawClient> ConnectAsync(int brokerId) => ConnectAsync(Model.FindBroker(brokerId)!);

    public Task<RawClient> ConnectAsync(EmbeddedBroker node) => RawClient.ConnectAsync(_environment, Cluster.Transport, node.Host, node.Port);

    public Task<RawClient> ConnectAsync() => RawClient.ConnectAsync(_environment, Cluster.Transport, Broker.Host, Broker.Port);

    /// <summary>Creates a topic the short way and returns its id.</summary>
    public async Task<Guid> CreateTopicAsync(string name, int partitions = 1)
    {
        await Cluster.CreateTopicAsync(name, partitions);
        return Model.Topics.Find(name)!.Id;
    }

    /// <summary>Lets time pass, by the environment's clock.</summary>
    public async Task WaitAsync(TimeSpan time)
    {
        TaskCompletionSource due = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ITimer timer = Time.CreateTimer(_ => due.SetResult(), null, time, Timeout.InfiniteTimeSpan);
        await due.Task;
    }

    public TimeSpan Now => TimeSpan.FromMilliseconds(Model.NowMs);

    private static async Task RunAsync(
        RuntimeEnvironment environment, ITransport transport, Func<TestBroker, Task> test, KafkaTestClusterOptions? options, IRequestInterceptor? interceptor)
    {
        // Tests see every version there is, unless they choose a release.
        options ??= new KafkaTestClusterOptions();
        KafkaTestCluster cluster = new(environment, transport, options.KafkaVersion is null ? options.AsKafka(KafkaRelease.Trunk) : options);
        cluster.Model.Interceptor = interceptor;
        await cluster.StartAsync();
        try
        {
            await test(new TestBroker(environment, cluster));
        }
        finally
        {
            await cluster.DisposeAsync();
        }

        // Whatever the test did: every buffer came back but the cluster's own scratch.
        Assert.Equal(0, cluster.Model.Buffers.OutstandingBuffers);
    }
}
