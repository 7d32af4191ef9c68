using HighPerf.Kafka.Runtime;
using HighPerf.Kafka.Testing;

namespace HighPerf.Kafka.Integration.Tests.Servers;

/// <summary>The embedded cluster.</summary>
internal sealed class EmbeddedServer : TestServer
{
    private readonly KafkaTestCluster _cluster;

    private EmbeddedServer(ServerKind kind, KafkaTestCluster cluster)
    {
        Kind = kind;
        _cluster = cluster;
    }

    public override ServerKind Kind { get; }

    public override string BootstrapServers => _cluster.BootstrapServers;

    public override ITransport? Transport => _cluster.Transport;

    public override ServerFeatures Features =>
        ServerFeatures.TopicAdministration | ServerFeatures.NoAutoCreation | ServerFeatures.OffsetsForTimes | ServerFeatures.OffsetOutOfRange
        | ServerFeatures.MessageSizeLimit | ServerFeatures.LogAppendTime | ServerFeatures.AcksNone
        | ServerFeatures.LeaderMoves | ServerFeatures.BrokerRestarts | ServerFeatures.InjectedErrors | ServerFeatures.LostAnswers | ServerFeatures.SlowAnswers
        | ServerFeatures.Idempotence;

    public static async Task<TestServer> StartAsync(bool inMemory)
    {
        KafkaTestCluster cluster = await KafkaTestCluster.StartAsync(new KafkaTestClusterOptions
        {
            Brokers = 3,
            DefaultReplicationFactor = 3,
            Transport = inMemory ? KafkaTestTransport.InMemory : KafkaTestTransport.Tcp,
            AutoCreateTopics = false,
        });
        return new EmbeddedServer(inMemory ? ServerKind.EmbeddedInMemory : ServerKind.Embedded, cluster);
    }

    public override Task MoveLeaderAsync(string topic, int partition, int broker) => _cluster.MoveLeaderAsync(topic, partition, broker);

    public override Task StopBrokerAsync(int broker) => _cluster.KillBrokerAsync(broker);

    public override Task StartBrokerAsync(int broker) => _cluster.StartBrokerAsync(broker);

    public override void PushErrors(ApiKey api, params ErrorCode[] errors)
    {
        foreach (ErrorCode error in errors)
        {
            _cluster.Faults.Fail(RequestMatch.Of(api).Once(), error);
        }
    }

    public override void LoseAnswer(ApiKey api, bool requestToo)
    {
        RequestMatch once = RequestMatch.Of(api).Once();
        _ = requestToo ? _cluster.Faults.Close(once) : _cluster.Faults.LoseAnswer(once);
    }

    public override void SetRoundTripTime(int broker, TimeSpan time) => _cluster.Faults.Delay(RequestMatch.Of(ApiKey.Produce) with { Broker = broker }, time);

    public override ValueTask DisposeAsync() => _cluster.DisposeAsync();
}
