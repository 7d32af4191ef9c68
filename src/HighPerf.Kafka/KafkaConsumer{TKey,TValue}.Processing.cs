using HighPerf.Kafka.Consuming.Processing;

namespace HighPerf.Kafka;

/// <content>Handlers that run at the same time.</content>
public sealed partial class KafkaConsumer<TKey, TValue>
{
    private bool _hashesKeys; // owner: the reader
    private ulong _keyHash; // owner: the reader; of the record that was read last
    private ulong _keyless; // owner: the reader; counts records without a key, so that each has a lane of its own

    /// <summary>
    /// Reads, and calls a handler for every record, for several at the same time, until the token fires, the consumer is closed, or a handler fails and the
    /// options say so. Records of one partition, or of one key, are processed one after the other. A record is stored when it and all before it in its
    /// partition
    /// are processed (<see cref="OffsetStore.OnNext"/>), so that nothing is committed ahead of processing. This is the one reader while it runs. When it
    /// ends it waits for the handlers that run; what was read and not begun is read again.
    /// </summary>
    /// <param name="handler">Runs on threads of the pool. The record's key, value and headers are its to keep.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="cancellationToken">Ends it; handlers get it too.</param>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    /// <exception cref="KafkaProcessingException">A handler has thrown: at once, or when this ends, as the options say.</exception>
    /// <exception cref="KafkaException">Reading failed; what was in processing has ended before.</exception>
    public async Task RunAsync(
        Func<ConsumedRecord<TKey, TValue>, CancellationToken, ValueTask> handler,
        ProcessingOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(handler);
        options = (options ?? new ProcessingOptions()).Validated();
        EnterOrThrow();
        try
        {
            _reader.Ask();
            _session.BeginProcessing();
            _hashesKeys = options.Ordering == ProcessingOrdering.ByKey;
        }
        finally
        {
            Leave();
        }

        bool stores = _session.Options.OffsetStore == OffsetStore.OnNext;
        RecordRunner<ConsumedRecord<TKey, TValue>> runner = new(_session, handler, options, cancellationToken);
        try
        {
            while (!runner.HasToStop && !_session.IsClosed)
            {
                if (!Ask())
                {
                    ThrowUnlessAssigned();
                    await _session.WaitAsync(cancellationToken).ConfigureAwait(false);
                }

                while (!runner.HasToStop && TryRead(out ConsumedRecord<TKey, TValue> record))
                {
                    runner.Dispatch(record, record.Cursor, stores ? record.Slot : null, record.Offset, _keyHash);
                    cancellationToken.ThrowIfCancellationRequested();
                }
            }
        }
        finally
        {
            await runner.EndAsync().ConfigureAwait(false);
            EndProcessing();
        }

        runner.ThrowFailure();
    }

    private void EndProcessing()
    {
        _hashesKeys = false;
        if (_guard.TryEnter())
        {
            DropCurrent();
            _session.EndProcessing();
            Leave();
        }
    }
}
