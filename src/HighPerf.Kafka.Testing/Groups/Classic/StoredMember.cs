namespace HighPerf.Kafka.Testing.Groups.Classic;

/// <summary>A member as a coordinator's log has it: of what it can speak, only the protocol of the generation. Never changes.</summary>
internal sealed record StoredMember(
    string Id,
    string? InstanceId,
    string ClientId,
    string ClientHost,
    int SessionTimeoutMs,
    int RebalanceTimeoutMs,
    byte[] Metadata,
    byte[] Assignment);
