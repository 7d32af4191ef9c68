using System.Collections.Immutable;

namespace HighPerf.Kafka.Testing.ConsumerGroups.Assignors;

/// <summary>The assignors of the brokers, by name.</summary>
internal static class ServerAssignors
{
    public const string Uniform = "uniform";
    public const string Range = "range";

    /// <summary>The targets, in the order of the members.</summary>
    public static ImmutableSortedSet<TopicIdPartition>[] Assign(string name, IReadOnlyList<AssignorMember> members) =>
        name == Range ? RangeAssignor.Assign(members) : UniformAssignor.Assign(members);
}
