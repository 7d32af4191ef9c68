namespace HighPerf.Kafka;

/// <summary>A member of a group as the coordinator tells it. Immutable.</summary>
/// <param name="MemberId">What the coordinator calls it.</param>
/// <param name="GroupInstanceId">The name it gave itself (static membership, KIP-345); null for none.</param>
/// <param name="ClientId">What its client calls itself.</param>
/// <param name="Host">Where it connects from.</param>
/// <param name="SubscribedTopics">The topics that it asks for by name; empty when that is not known.</param>
/// <param name="Assignment">
/// Sorted; null when it is not known: the group's members are no consumers, or what they were told cannot be read.
/// </param>
public sealed record GroupMemberDescription(
    string MemberId,
    string? GroupInstanceId,
    string ClientId,
    string Host,
    IReadOnlyList<string> SubscribedTopics,
    IReadOnlyList<TopicPartition>? Assignment)
{
    /// <summary>What it will have when the group has settled (KIP-848); null in classic groups.</summary>
    public IReadOnlyList<TopicPartition>? TargetAssignment { get; init; }

    /// <summary>The epoch of the group that it has reached (KIP-848); -1 in classic groups.</summary>
    public int Epoch { get; init; } = -1;

    /// <summary>The rack it says it is in; null for none.</summary>
    public string? Rack { get; init; }
}
