using HighPerf.Kafka.Groups.Assignors;

namespace HighPerf.Kafka;

/// <summary>The assignors that Kafka's own clients have, with the same names, bytes and rules: members of different clients can share a group.</summary>
public static class PartitionAssignors
{
    /// <summary>
    /// <c>range</c>: topic by topic, each member gets a run of neighbouring partitions; the same run of topics with the same number of partitions. With racks
    /// (KIP-881), partitions that have a replica in a member's rack go there where the balance allows it.
    /// </summary>
    public static IPartitionAssignor Range => new RangeAssignor();

    /// <summary><c>roundrobin</c>: one partition after the other to one member after the other.</summary>
    public static IPartitionAssignor RoundRobin => new RoundRobinAssignor();

    /// <summary>
    /// <c>sticky</c> (KIP-54): as balanced as can be, and then with as few moves as can be. Members give everything up while partitions are distributed.
    /// </summary>
    public static IPartitionAssignor Sticky => new StickyAssignor();

    /// <summary><c>cooperative-sticky</c> (KIP-429): as sticky, and members keep what they own while partitions are distributed, but for what moves.</summary>
    public static IPartitionAssignor CooperativeSticky => new CooperativeStickyAssignor();
}
