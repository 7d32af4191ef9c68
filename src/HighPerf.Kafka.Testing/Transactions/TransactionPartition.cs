using HighPerf.Kafka.Testing.Cluster;

namespace HighPerf.Kafka.Testing.Transactions;

/// <summary>A partition that takes part in a transaction. It is known by the name of its topic, as the log of a real coordinator has it.</summary>
internal readonly record struct TransactionPartition(string Topic, int Index)
{
    private const string OffsetsTopic = "__consumer_offsets";

    /// <summary>Whether it stands for the committed offsets of groups; then the index is their coordinator's slot.</summary>
    public bool IsOffsets => Topic == OffsetsTopic;

    /// <summary>What stands for the offsets of a group.</summary>
    public static TransactionPartition OffsetsOf(string groupId) => new(OffsetsTopic, CoordinatorTable.SlotOf(groupId));
}
