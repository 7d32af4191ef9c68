using System.Collections.Immutable;

namespace HighPerf.Kafka.Testing.ConsumerGroups.Assignors;

/// <summary>A member, as an assignor sees it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="InstanceId">The id of a static member.</param>
/// <param name="Topics">What it subscribes to, by name or by expression, in the same order for all members.</param>
/// <param name="Target">What it was to have so far; no partition is in two members' targets.</param>
internal sealed record AssignorMember(string Id, string? InstanceId, ImmutableArray<AssignorTopic> Topics, ImmutableSortedSet<TopicIdPartition> Target);
