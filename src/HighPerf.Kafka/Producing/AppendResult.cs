namespace HighPerf.Kafka.Producing;

/// <summary>What became of the attempt to put a record into its batch.</summary>
internal enum AppendResult
{
    /// <summary>It is in the batch, and will be sent.</summary>
    Appended,

    /// <summary>There is no memory for it now.</summary>
    MemoryFull,

    /// <summary>The producer is closed.</summary>
    Closed,
}
