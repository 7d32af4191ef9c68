namespace HighPerf.Kafka.Cli.Output;

/// <summary>How much of what a broker does is shown. Each level shows what those before it show.</summary>
internal enum LiveLogLevel
{
    Off,

    /// <summary>Closed connections with the reason, created topics, elections.</summary>
    Events,

    /// <summary>Requests that were answered with an error, or not at all.</summary>
    Errors,

    /// <summary>Every request in one line.</summary>
    Requests,

    /// <summary>And the request and its answer as JSON.</summary>
    Full,
}
