namespace HighPerf.Kafka;

/// <summary>
/// Distributes the partitions of a group's topics over its members. The member that leads the group calls it; all members must offer one of the same
/// <see cref="Name"/> that means the same. An assignor is a pure function: what it returns depends on its arguments alone, and it keeps nothing. One object
/// may be used by several consumers on several threads at once. It runs on a thread of the pool, heartbeats go on meanwhile; the group's rebalance timeout
/// bounds it.
/// </summary>
public interface IPartitionAssignor
{
    /// <summary>The name by which members agree; that of Kafka's own assignors for those in <see cref="PartitionAssignors"/>.</summary>
    string Name { get; }

    /// <summary>
    /// Whether members keep their partitions while the group distributes them anew (KIP-429). A cooperative assignor never gives a partition that one member
    /// owns to another at once: it leaves it out, and gives it away when its owner has joined again without it.
    /// </summary>
    bool IsCooperative { get; }

    /// <summary>What a member tells its leader beside its topics; null for nothing. The leader finds it in <see cref="GroupMember.UserData"/>.</summary>
    /// <param name="topics">What the member subscribes to.</param>
    /// <param name="assigned">What the member was assigned last, whether or not it still owns it; empty when it was lost.</param>
    /// <param name="generation">The generation in which it was; -1 for none.</param>
    byte[]? GetUserData(IReadOnlyList<string> topics, IReadOnlyList<TopicPartition> assigned, int generation);

    /// <summary>Distributes the partitions.</summary>
    /// <param name="members">Ordered by <see cref="GroupMember.MemberId"/> (ordinal).</param>
    /// <param name="topics">Every topic that a member subscribes to and that exists, ordered by name (ordinal).</param>
    /// <returns>What each member gets, in the order of <paramref name="members"/>.</returns>
    IReadOnlyList<IReadOnlyList<TopicPartition>> Assign(IReadOnlyList<GroupMember> members, IReadOnlyList<GroupTopic> topics);
}
