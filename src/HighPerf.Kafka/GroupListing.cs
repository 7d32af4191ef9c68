namespace HighPerf.Kafka;

/// <summary>A group in a list of all. Immutable.</summary>
/// <param name="GroupId">The group.</param>
/// <param name="Type">By which protocol it works; <see cref="GroupType.Unknown"/> from brokers before 3.8.</param>
/// <param name="State">Where it stands; <see cref="GroupState.Unknown"/> from brokers before 2.6.</param>
/// <param name="ProtocolType">What its members are: <c>consumer</c>, <c>connect</c>, and so on; empty for a group that only keeps offsets.</param>
/// <param name="Coordinator">The broker that coordinates it.</param>
public sealed record GroupListing(string GroupId, GroupType Type, GroupState State, string ProtocolType, int Coordinator);
