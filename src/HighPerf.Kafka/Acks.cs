namespace HighPerf.Kafka;

/// <summary>Who must have a record before the broker acknowledges it; the numbers are those of the protocol.</summary>
public enum Acks : short
{
    /// <summary>Every in-sync replica. The default, and the only one with which idempotence is possible.</summary>
    All = -1,

    /// <summary>Nobody: the broker does not answer. A send is complete when its bytes are handed to the network; a loss goes unnoticed.</summary>
    None = 0,

    /// <summary>The leader alone: a record is lost when the leader fails before a follower has it.</summary>
    Leader = 1,
}
