namespace HighPerf.Kafka;

/// <summary>Where a group stands, as its coordinator tells it.</summary>
public enum GroupState
{
    /// <summary>The coordinator is too old to tell, or tells a state that this client does not know.</summary>
    Unknown,

    /// <summary>No members; there may be committed offsets.</summary>
    Empty,

    /// <summary>Every member has its part.</summary>
    Stable,

    /// <summary>Classic: members are joining.</summary>
    PreparingRebalance,

    /// <summary>Classic: the members are known, and their leader has not divided the partitions yet.</summary>
    CompletingRebalance,

    /// <summary>KIP-848: the coordinator divides the partitions.</summary>
    Assigning,

    /// <summary>KIP-848: members are giving up partitions and taking over others.</summary>
    Reconciling,

    /// <summary>A group of streams that waits for its topics.</summary>
    NotReady,

    /// <summary>It is not there any more.</summary>
    Dead,
}
