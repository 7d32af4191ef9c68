using HighPerf.Kafka.Interop.Tests.Peers;

namespace HighPerf.Kafka.Integration.Tests.Servers;

/// <summary>librdkafka's mock cluster: it creates every topic that it is asked for, knows neither size limits nor times, and answers
/// also where nobody waits for an answer (acks=0).</summary>
internal sealed class MockServer : TestServer
{
    private readonly LibrdkafkaMockCluster _cluster;

    private MockServer(LibrdkafkaMockCluster cluster) => _cluster = cluster;

    public override ServerKind Kind => ServerKind.Mock;

    public override string BootstrapServers => _cluster.BootstrapServers;

    public override ServerFeatures Features =>
        ServerFeatures.OffsetOutOfRange | ServerFeatures.LeaderMoves | ServerFeatures.BrokerRestarts | ServerFeatures.InjectedErrors
        | ServerFeatures.SlowAnswers;

    public static TestServer Start()
    {
        Librdkafka.Require();
        return new MockServer(new LibrdkafkaMockCluster(3));
    }

    public override Task MoveLeaderAsync(string topic, int partition, int broker)
    {
        _cluster.SetLeader(topic, partition, broker);
        return Task.CompletedTask;
    }

    public override Task StopBrokerAsync(int broker)
    {
        _cluster.TakeDown(broker);
        return Task.CompletedTask;
    }

    public override Task StartBrokerAsync(int broker)
    {
        _cluster.BringUp(broker);
        return Task.CompletedTask;
    }

    public override void PushErrors(ApiKey api, params ErrorCode[] errors) => _cluster.PushErrors(api, errors);

    public override void SetRoundTripTime(int broker, TimeSpan time) => _cluster.SetRoundTripTime(broker, time);

    public override ValueTask DisposeAsync()
    {
        _cluster.Dispose();
        return ValueTask.CompletedTask;
    }

    protected override Task CreateTopicAsync(string name, int partitions, (string Name, string Value)[] settings)
    {
        _cluster.CreateTopic(name, partitions, 3);
        return Task.CompletedTask;
    }
}
