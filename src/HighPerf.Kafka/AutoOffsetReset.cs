namespace HighPerf.Kafka;

/// <summary>Where a consumer starts when a partition has no valid position.</summary>
public enum AutoOffsetReset
{
    /// <summary>At the first record that the log still has.</summary>
    Earliest,

    /// <summary>Behind the last record: only what comes from now on.</summary>
    Latest,

    /// <summary>Nowhere: the reader gets an error.</summary>
    Error,
}
