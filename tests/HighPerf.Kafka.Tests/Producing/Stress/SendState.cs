namespace HighPerf.Kafka.Tests.Producing.Stress;

/// <summary>What a sender knows of a record.</summary>
internal enum SendState : byte
{
    /// <summary>It was taken, and nobody waits for more.</summary>
    Taken,

    /// <summary>Somebody waits.</summary>
    Awaited,

    Acknowledged,

    /// <summary>The wait was cancelled.</summary>
    Detached,

    NotWritten,

    MaybeWritten,
}
