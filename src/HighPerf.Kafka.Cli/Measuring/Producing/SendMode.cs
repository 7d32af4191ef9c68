namespace HighPerf.Kafka.Cli.Measuring.Producing;

/// <summary>How records are sent, and who is told of their delivery.</summary>
internal enum SendMode
{
    /// <summary>Nobody is told.</summary>
    Fire,

    /// <summary>A callback for each record; or, with a number of outstanding ones, awaited sends of which so many are on their way.</summary>
    Completion,

    /// <summary>Each send is awaited before the next one.</summary>
    Awaited,

    /// <summary>A fixed rate, whatever the client does; latency counts from the moment at which a record should have been sent.</summary>
    OpenLoop,

    /// <summary>Some records, and then nothing: what a producer costs that has nothing to do.</summary>
    Idle,
}
