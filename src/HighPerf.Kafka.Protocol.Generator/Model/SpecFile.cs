namespace HighPerf.Kafka.Protocol.Generator.Model;

/// <summary>What one file of protocol-specs says: its messages, or what is wrong with it.</summary>
internal sealed record SpecFile(string Path, EquatableArray<MessageSpec> Messages, EquatableArray<SpecError> Errors)
{
    public string Path { get; } = Path;

    public EquatableArray<MessageSpec> Messages { get; } = Messages;

    public EquatableArray<SpecError> Errors { get; } = Errors;
}
