namespace HighPerf.Kafka.Connections;

/// <summary>The life of a connection as one value; it only moves forward, but for one reconnect while negotiating.</summary>
internal enum ConnectionPhase
{
    /// <summary>Waiting for the back-off time to pass, or not started.</summary>
    Waiting,

    /// <summary>The transport connects.</summary>
    Connecting,

    /// <summary>Connected; asking the broker which versions it speaks.</summary>
    Negotiating,

    /// <summary>Requests flow.</summary>
    Open,

    /// <summary>Poisoned by its first error; the transport is letting go of the buffers.</summary>
    Closing,

    /// <summary>Nothing is held any more, every waiter has been told.</summary>
    Closed,
}
