namespace HighPerf.Kafka;

/// <summary>A member of a consumer group as its leader knows it, for an <see cref="IPartitionAssignor"/>. Immutable.</summary>
/// <param name="MemberId">The id that the group's coordinator gave.</param>
/// <param name="Topics">What it subscribes to.</param>
public sealed record GroupMember(string MemberId, IReadOnlyList<string> Topics)
{
    /// <summary>The name of a static member (KIP-345); null for a dynamic one.</summary>
    public string? GroupInstanceId { get; init; }

    /// <summary>What it says it owns; empty with assignors that are not cooperative.</summary>
    public IReadOnlyList<TopicPartition> OwnedPartitions { get; init; } = [];

    /// <summary>The generation in which it was given what it owns; -1 when it does not say.</summary>
    public int Generation { get; init; } = -1;

    /// <summary>Its rack (KIP-881); null when it does not say.</summary>
    public string? RackId { get; init; }

    /// <summary>What its assignor told by <see cref="IPartitionAssignor.GetUserData"/>; null for nothing.</summary>
    public byte[]? UserData { get; init; }
}
