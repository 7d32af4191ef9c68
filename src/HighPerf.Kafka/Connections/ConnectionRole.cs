namespace HighPerf.Kafka.Connections;

/// <summary>
/// What a connection is for. A broker serves one request per connection at a time, so a parked Fetch or JoinGroup must never stand before a heartbeat, a
/// commit or a produce:
/// each role has a connection of its own.
/// </summary>
internal enum ConnectionRole
{
    /// <summary>Metadata, look-ups, administration. One per client and broker.</summary>
    Control,

    /// <summary>Produce. One per producer and broker.</summary>
    Produce,

    /// <summary>Fetch. One or two per consumer session and broker.</summary>
    Fetch,

    /// <summary>Group or transaction coordination. One per group.</summary>
    Coordinator,
}
