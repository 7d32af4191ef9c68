namespace HighPerf.Kafka.Testing.ConsumerGroups;

/// <summary>How far a member is on its way to its target assignment.</summary>
internal enum MemberState
{
    /// <summary>It has the whole target of its epoch.</summary>
    Stable,

    /// <summary>It was told to give partitions up and has not said yet that it did.</summary>
    UnrevokedPartitions,

    /// <summary>It waits for partitions that others have not given up yet.</summary>
    UnreleasedPartitions,
}
