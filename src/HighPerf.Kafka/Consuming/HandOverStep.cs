namespace HighPerf.Kafka.Consuming;

/// <summary>What a hand-over waits for.</summary>
internal enum HandOverStep
{
    /// <summary>Records that are in processing.</summary>
    Draining,

    /// <summary>The application's listener.</summary>
    Telling,

    /// <summary>The answer to the commit of what is stored.</summary>
    Committing,

    /// <summary>Nothing.</summary>
    Done,
}
