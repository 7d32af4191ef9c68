namespace HighPerf.Kafka.Cli.Measuring.Consuming;

/// <summary>A consuming client as a load sees it. One call at a time.</summary>
internal interface IReadClient
{
    /// <summary>Reads on until the tally has at least so many records. What came with the last one in a batch counts, too.</summary>
    Task ReadAsync(RecordTally tally, long goal, CancellationToken token);
}
