namespace HighPerf.Kafka.Testing.Groups.Classic;

/// <summary>
/// What a coordinator's log has of a group, and so all that the next coordinator knows of it: its newest generation that was complete (or empty). A rebalance
/// under way is not in it. Never changes.
/// </summary>
internal sealed record StoredGeneration(
    int Id,
    string? ProtocolType,
    string? Protocol,
    string? LeaderId,
    long StateSinceMs,
    IReadOnlyList<StoredMember> Members);
