using HighPerf.Kafka.Runtime;
using HighPerf.Kafka.Testing.Cluster;

namespace HighPerf.Kafka.Testing;

/// <summary>
/// A Kafka cluster inside this process, for tests of services that use Kafka: real bytes over TCP or over a transport in memory, nothing to install, ready in
/// milliseconds. For now it has one broker; what it does not do is listed in <c>UNSUPPORTED.md</c>, and refused with an error code. Thread-safe.
/// </summary>
public sealed partial class KafkaTestCluster : IAsyncDisposable
{
    private readonly EmbeddedCluster _cluster;

    /// <summary>1 once the cluster is disposed or being disposed. Any thread, by exchange.</summary>
    private int _disposed;

    internal KafkaTestCluster(RuntimeEnvironment environment, ITransport transport, KafkaTestClusterOptions options)
    {
        Transport = transport;
        _cluster = new EmbeddedCluster(environment, transport, options);
    }

    /// <summary>The host and port of each broker, separated by commas: what a client calls its bootstrap servers.</summary>
    public string BootstrapServers => _cluster.BootstrapServers;

    /// <summary>
    /// The transport that reaches this cluster. A client in this process is given it when the cluster runs in memory; over TCP it is the usual one.
    /// </summary>
    public ITransport Transport { get; }

    /// <summary>The id of the cluster as clients see it.</summary>
    public string ClusterId => _cluster.ClusterId;

    /// <summary>What goes wrong in this cluster, and when.</summary>
    public FaultPlan Faults => _cluster.Faults;

    /// <summary>The requests that this cluster received, and its answers.</summary>
    public RequestLog Requests => _cluster.Requests;

    /// <summary>The model behind the face, for tests and the simulation.</summary>
    internal EmbeddedCluster Model => _cluster;

    /// <summary>Starts a cluster.</summary>
    /// <param name="options">How it is set up; null: the defaults.</param>
    /// <param name="cancellationToken">Stops waiting; a cluster that is starting is stopped again.</param>
    /// <returns>The running cluster, which the caller disposes.</returns>
    /// <exception cref="ArgumentException">An option makes no sense.</exception>
    /// <exception cref="IOException">The address is taken or not there.</exception>
    public static async Task<KafkaTestCluster> StartAsync(KafkaTestClusterOptions? options = null, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        options ??= new KafkaTestClusterOptions();
        options.Validate();
        ITransport transport = options.Transport == KafkaTestTransport.InMemory ? new InMemoryTransport() : new TcpTransport();
        KafkaTestCluster cluster = new(new ProductionEnvironment(options.TimeProvider), transport, options);
        try
        {
            await cluster.StartAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Starts a cluster of so many brokers that is otherwise as by default.</summary>
    /// <param name="brokers">1 to 100; their ids begin with 1.</param>
    /// <param name="cancellationToken">Stops waiting; a cluster that is starting is stopped again.</param>
    /// <returns>The running cluster, which the caller disposes.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There can be no such number of brokers.</exception>
    public static Task<KafkaTestCluster> StartAsync(int brokers, CancellationToken cancellationToken = default) =>
        StartAsync(new KafkaTestClusterOptions { Brokers = brokers }, cancellationToken);

    /// <summary>Creates a topic with as many replicas as the cluster has by default.</summary>
    /// <param name="name">Up to 249 ASCII letters, digits, dots, underscores and hyphens.</param>
    /// <param name="partitions">How many partitions, 1 to 10,000.</param>
    /// <param name="cancellationToken">Stops waiting; the topic is created all the same.</param>
    /// <exception cref="ArgumentException">The name is not legal, or the number of partitions is out of range.</exception>
    /// <exception cref="InvalidOperationException">There is such a topic.</exception>
    /// <exception cref="ObjectDisposedException">The cluster is disposed.</exception>
    public Task CreateTopicAsync(string name, int partitions = 1, CancellationToken cancellationToken = default) =>
        CreateTopicAsync(name, partitions, _cluster.Options.DefaultReplicationFactor, cancellationToken);

    /// <summary>Creates a topic.</summary>
    /// <param name="name">Up to 249 ASCII letters, digits, dots, underscores and hyphens.</param>
    /// <param name="partitions">How many partitions, 1 to 10,000.</param>
    /// <param name="replicationFactor">How many brokers keep each partition, from 1 to all.</param>
    /// <param name="cancellationToken">Stops waiting; the topic is created all the same.</param>
    /// <exception cref="ArgumentException">The name is not legal, or the number of partitions or replicas is out of range.</exception>
    /// <exception cref="InvalidOperationException">There is such a topic.</exception>
    /// <exception cref="ObjectDisposedException">The cluster is disposed.</exception>
    public Task CreateTopicAsync(string name, int partitions, int replicationFactor, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentOutOfRangeException.ThrowIfLessThan(partitions, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(partitions, TopicRegistry.MaxPartitions);
        ArgumentOutOfRangeException.ThrowIfLessThan(replicationFactor, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(replicationFactor, _cluster.Options.Brokers);
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        if (TopicName.Validate(name) is { } wrong)
        {
            throw new ArgumentException($"A topic cannot be created: {wrong}.", nameof(name));
        }

        return LoopCall<Topic>.RunAsync(_cluster, () => CreateTopic(name, partitions, replicationFactor)).WaitAsync(cancellationToken);
    }

    /// <summary>Closes every connection and stops. What clients wrote is gone.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        StopNotice stopped = new();
        await LoopCall<bool>.RunAsync(_cluster, () => Stop(stopped)).ConfigureAwait(false);
        await stopped.Task.ConfigureAwait(false);
        _cluster.Environment.ReleaseLoop(_cluster.Loop);
    }

    internal Task StartAsync() => LoopCall<bool>.RunAsync(_cluster, () =>
    {
        _cluster.Start();
        return true;
    });

    private Topic CreateTopic(string name, int partitions, int replicationFactor)
    {
        string? existing = _cluster.Topics.Find(name)?.Name ?? _cluster.Topics.FindCollision(name);
        return existing is null
            ? _cluster.CreateTopic(name, _cluster.Assign(partitions, replicationFactor), new TopicConfig(_cluster.Configs))
            : throw new InvalidOperationException($"The topic {name} cannot be created: there is the topic {existing}.");
    }

    private bool Stop(StopNotice stopped)
    {
        _cluster.Stop(() => _cluster.Environment.Executor.Queue(stopped));
        return true;
    }

    /// <summary>Tells who disposes that the last connection is gone: on the executor, so that the waiter does not continue on the loop.</summary>
    private sealed class StopNotice : IThreadPoolWorkItem
    {
        private readonly TaskCompletionSource _completion = new();

        public Task Task => _completion.Task;

        void IThreadPoolWorkItem.Execute() => _completion.SetResult();
    }
}
