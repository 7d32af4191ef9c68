namespace HighPerf.Kafka.Cli.Measuring.Consuming;

/// <summary>How records are read.</summary>
internal enum ReadMode
{
    /// <summary>Batches of views, where the client has them.</summary>
    Batch,

    /// <summary>One by one in the client's best way: keys and values are read from the received bytes.</summary>
    Record,

    /// <summary>One by one, with arrays of bytes for key and value.</summary>
    Bytes,

    /// <summary>Some records, and then nothing: what a consumer costs that has nothing to do.</summary>
    Idle,
}
