namespace HighPerf.Kafka;

/// <summary>The protocol by which the members of a group divide their work.</summary>
public enum GroupType
{
    /// <summary>The coordinator is too old to tell, or tells a type that this client does not know.</summary>
    Unknown,

    /// <summary>Members agree among themselves (JoinGroup and SyncGroup).</summary>
    Classic,

    /// <summary>The coordinator divides (KIP-848).</summary>
    Consumer,

    /// <summary>Members share partitions record by record (KIP-932).</summary>
    Share,

    /// <summary>Kafka Streams (KIP-1071).</summary>
    Streams,
}
