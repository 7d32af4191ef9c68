using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Integration.Tests.Servers;

/// <summary>A Kafka cluster as the tests see it, whoever wrote it. Topic names are made unique, because an external cluster outlives the test.</summary>
public abstract class TestServer : IAsyncDisposable
{
    /// <summary>The kinds that can run here: those that need nothing, and those that somebody has set up.</summary>
    public static IEnumerable<ServerKind> Kinds
    {
        get
        {
            yield return ServerKind.Embedded;
            yield return ServerKind.EmbeddedInMemory;
            yield return ServerKind.Mock;
            if (ExternalServer.Address is not null)
            {
                yield return ServerKind.External;
            }
#if CONTAINERS
            yield return ServerKind.Container;
#endif
        }
    }

    public static TheoryData<ServerKind> All => [.. Kinds];

    public abstract ServerKind Kind { get; }

    public abstract string BootstrapServers { get; }

    /// <summary>Null: the client's own, TCP.</summary>
    public virtual ITransport? Transport => null;

    public abstract ServerFeatures Features { get; }

    /// <summary>Starts a server, or skips the test where it lacks what the test needs.</summary>
    public static async Task<TestServer> StartAsync(ServerKind kind, ServerFeatures needed = ServerFeatures.None)
    {
        TestServer server = kind switch
        {
            ServerKind.Embedded => await EmbeddedServer.StartAsync(inMemory: false),
            ServerKind.EmbeddedInMemory => await EmbeddedServer.StartAsync(inMemory: true),
            ServerKind.Mock => MockServer.Start(),
            ServerKind.External => new ExternalServer(),
#if CONTAINERS
            ServerKind.Container => await ContainerServer.StartAsync(),
#endif
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "There is no such server in this build."),
        };
        ServerFeatures missing = needed & ~server.Features;
        if (missing != ServerFeatures.None)
        {
            await server.DisposeAsync();
            Skip.If(true, $"the server {kind} cannot do {missing}");
        }

        return server;
    }

    public KafkaClient CreateClient(Action<KafkaClientOptions>? configure = null)
    {
        KafkaClientOptions options = new() { BootstrapServers = BootstrapServers, Transport = Transport };
        configure?.Invoke(options);
        return new KafkaClient(options);
    }

    /// <summary>Creates a topic of its own for a test and returns its name.</summary>
    public async Task<string> CreateTopicAsync(int partitions, params (string Name, string Value)[] settings)
    {
        string name = $"it-{Guid.NewGuid():N}";
        await CreateTopicAsync(name, partitions, settings);
        return name;
    }

    /// <summary>Moves the leader of a partition to another broker.</summary>
    public virtual Task MoveLeaderAsync(string topic, int partition, int broker) => throw new NotSupportedException($"{Kind} moves no leaders.");

    /// <summary>Ends a broker as a crash does.</summary>
    public virtual Task StopBrokerAsync(int broker) => throw new NotSupportedException($"{Kind} stops no brokers.");

    public virtual Task StartBrokerAsync(int broker) => throw new NotSupportedException($"{Kind} starts no brokers.");

    /// <summary>The next requests of this API are answered with these errors, one each, and not applied.</summary>
    public virtual void PushErrors(ApiKey api, params ErrorCode[] errors) => throw new NotSupportedException($"{Kind} injects no errors.");

    /// <summary>The next request of this API gets no answer, and its connection is closed.</summary>
    /// <param name="requestToo">Whether the request is not applied either.</param>
    public virtual void LoseAnswer(ApiKey api, bool requestToo) => throw new NotSupportedException($"{Kind} loses no answers.");

    /// <summary>Every answer of a broker takes so long from now on.</summary>
    public virtual void SetRoundTripTime(int broker, TimeSpan time) => throw new NotSupportedException($"{Kind} is as fast as it is.");

    public abstract ValueTask DisposeAsync();

    /// <summary>The usual way: the client's own. Its answer comes when the controller knows the topic; brokers may learn of it a moment later.</summary>
    protected virtual async Task CreateTopicAsync(string name, int partitions, (string Name, string Value)[] settings)
    {
        await using KafkaClient client = CreateClient();
        await client.Topics.CreateAsync(new NewTopic
        {
            Name = name,
            Partitions = partitions,
            Configuration = [.. settings.Select(static setting => KeyValuePair.Create(setting.Name, setting.Value))],
        });
    }
}
