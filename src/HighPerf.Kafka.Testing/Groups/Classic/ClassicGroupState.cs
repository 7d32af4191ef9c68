namespace HighPerf.Kafka.Testing.Groups.Classic;

/// <summary>
/// The life of a classic group. The names are those that clients see; the fifth, Dead, is told of groups that are not there.
/// </summary>
internal enum ClassicGroupState
{
    /// <summary>Nobody is a member.</summary>
    Empty,

    /// <summary>Waits for its members to join again.</summary>
    PreparingRebalance,

    /// <summary>The generation is made; its leader has not sent the assignment yet.</summary>
    CompletingRebalance,

    /// <summary>Members have their assignments.</summary>
    Stable,
}
