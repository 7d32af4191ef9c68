namespace HighPerf.Kafka.Integration.Tests.Servers;

/// <summary>
/// The cluster that HPK_BOOTSTRAP names. It is expected to let anybody create topics and to create none by itself
/// (auto.create.topics.enable=false); topics stay behind for whoever looks after it.
/// </summary>
internal sealed class ExternalServer : TestServer
{
    public static string? Address => Environment.GetEnvironmentVariable("HPK_BOOTSTRAP") is { Length: > 0 } set ? set : null;

    public override ServerKind Kind => ServerKind.External;

    public override string BootstrapServers => Address!;

    public override ServerFeatures Features =>
        ServerFeatures.TopicAdministration | ServerFeatures.NoAutoCreation | ServerFeatures.OffsetsForTimes | ServerFeatures.OffsetOutOfRange
        | ServerFeatures.MessageSizeLimit | ServerFeatures.LogAppendTime | ServerFeatures.AcksNone;

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
