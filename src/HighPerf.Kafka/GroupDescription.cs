namespace HighPerf.Kafka;

/// <summary>A group with its members, as its coordinator tells it. Immutable.</summary>
/// <param name="GroupId">The group.</param>
/// <param name="Type">By which protocol it works.</param>
/// <param name="State">Where it stands.</param>
/// <param name="ProtocolType">What its members are: <c>consumer</c>, <c>connect</c>, and so on; empty for a group that only keeps offsets.</param>
/// <param name="Assignor">Who divides the partitions, such as <c>range</c> or <c>uniform</c>; empty while nobody does.</param>
/// <param name="Coordinator">The broker that coordinates it.</param>
/// <param name="Members">By member id.</param>
public sealed record GroupDescription(
    string GroupId,
    GroupType Type,
    GroupState State,
    string ProtocolType,
    string Assignor,
    int Coordinator,
    IReadOnlyList<GroupMemberDescription> Members)
{
    /// <summary>Counts the changes of members and partitions (KIP-848); -1 for a classic group, which does not tell its generation.</summary>
    public int Epoch { get; init; } = -1;
}
