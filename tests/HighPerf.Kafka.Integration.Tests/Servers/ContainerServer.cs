using Testcontainers.Kafka;

namespace HighPerf.Kafka.Integration.Tests.Servers;

/// <summary>A real broker in a container, one for each test. Only part of builds with -p:Containers=true.</summary>
internal sealed class ContainerServer : TestServer
{
    private readonly KafkaContainer _container;

    private ContainerServer(KafkaContainer container) => _container = container;

    public override ServerKind Kind => ServerKind.Container;

    public override string BootstrapServers => _container.GetBootstrapAddress().Replace("PLAINTEXT://", "", StringComparison.OrdinalIgnoreCase).TrimEnd('/');

    public override ServerFeatures Features =>
        ServerFeatures.TopicAdministration | ServerFeatures.NoAutoCreation | ServerFeatures.OffsetsForTimes | ServerFeatures.OffsetOutOfRange
        | ServerFeatures.MessageSizeLimit | ServerFeatures.LogAppendTime | ServerFeatures.AcksNone;

    public static async Task<TestServer> StartAsync()
    {
        KafkaContainer container = new KafkaBuilder().WithEnvironment("KAFKA_AUTO_CREATE_TOPICS_ENABLE", "false").Build();
        await container.StartAsync();
        return new ContainerServer(container);
    }

    public override ValueTask DisposeAsync() => _container.DisposeAsync();
}
