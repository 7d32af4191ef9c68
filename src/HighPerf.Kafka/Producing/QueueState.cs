namespace HighPerf.Kafka.Producing;

/// <summary>Whether the loop knows that a partition queue has something to send.</summary>
internal enum QueueState
{
    /// <summary>Nothing waits.</summary>
    Idle,

    /// <summary>An open batch waits for its linger to pass; the loop knows when.</summary>
    Lingering,

    /// <summary>Something is to be sent; the loop was told.</summary>
    Ready,
}
