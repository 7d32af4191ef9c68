namespace HighPerf.Kafka.Testing.Groups;

/// <summary>Which protocol the members of a group speak.</summary>
internal enum GroupKind
{
    /// <summary>JoinGroup and SyncGroup; also a group without members, which only has offsets.</summary>
    Classic,

    /// <summary>ConsumerGroupHeartbeat (KIP-848).</summary>
    Consumer,
}
