namespace HighPerf.Kafka.Producing;

/// <summary>The records of one call that sends many.</summary>
internal interface IRecordSource
{
    int Count { get; }

    /// <summary>Brings a record into its batch, if that needs no waiting. Throws what a single send would.</summary>
    bool TryAppend(int index, ref AckRequest ack, ref RecordProgress progress);

    /// <summary>Brings a record into its batch, and waits for what that needs.</summary>
    ValueTask EnqueueSlowAsync(int index, AckRequest ack, RecordProgress progress, CancellationToken cancellationToken);
}
