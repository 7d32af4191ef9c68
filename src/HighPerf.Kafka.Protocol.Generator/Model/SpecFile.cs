namespace HighPerf.Kafka.Protocol.Generator.Model;

/// <summary>What one file of protocol-specs says: its messages and where they stand, or what is wrong with it.</summary>
internal sealed record SpecFile(EquatableArray<MessageSpec> Messages, EquatableArray<MessageOrigin> Origins, EquatableArray<SpecError> Errors)
{
    public EquatableArray<MessageSpec> Messages { get; } = Messages;

    public EquatableArray<MessageOrigin> Origins { get; } = Origins;

    public EquatableArray<SpecError> Errors { get; } = Errors;
}
