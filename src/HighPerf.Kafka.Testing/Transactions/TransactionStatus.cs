namespace HighPerf.Kafka.Testing.Transactions;

/// <summary>Where a transactional id stands; the names are those that clients are told.</summary>
internal enum TransactionStatus
{
    /// <summary>A producer was initialised, and nothing begun since.</summary>
    Empty,
    Ongoing,

    /// <summary>The decision is made, the markers are being written.</summary>
    PrepareCommit,
    PrepareAbort,

    /// <summary>The last transaction ended so; the next one may begin.</summary>
    CompleteCommit,
    CompleteAbort,
}
