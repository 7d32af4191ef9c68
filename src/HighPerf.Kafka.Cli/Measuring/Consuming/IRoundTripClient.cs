namespace HighPerf.Kafka.Cli.Measuring.Consuming;

/// <summary>A producer and a consumer of one topic, as a load sees them.</summary>
internal interface IRoundTripClient
{
    /// <summary>Puts a record on its way; blocks while the client does not take it. Key and value may change when this returns.</summary>
    void Send(byte[] key, byte[] value);

    /// <summary>Reads until the token fires, every record from before the first that was sent.</summary>
    Task ReadAsync(RoundTripTally tally, CancellationToken token);
}
