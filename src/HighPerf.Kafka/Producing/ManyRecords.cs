namespace HighPerf.Kafka.Producing;

/// <summary>
/// Sends many records by one call, in order: what is refused of them is gathered and told at the end, and the others go on. A token that fires ends the
/// call; records that are in their batches by then are sent all the same, and those behind them are not.
/// </summary>
internal static class ManyRecords
{
    public static async ValueTask EnqueueAsync<TSource>(TSource source, CancellationToken cancellationToken)
        where TSource : IRecordSource
    {
        List<SendFailure>? refused = await AcceptAsync(source, null, cancellationToken).ConfigureAwait(false);
        if (refused is not null)
        {
            throw new KafkaSendManyException(refused, source.Count, "accepted");
        }
    }

    public static async ValueTask SendAsync<TSource>(
        ProducerEngine engine, TSource source, Memory<RecordMetadata> acknowledgements, CancellationToken cancellationToken)
        where TSource : IRecordSource
    {
        if (!acknowledgements.IsEmpty && acknowledgements.Length < source.Count)
        {
            throw new ArgumentException(
                $"There is room for {acknowledgements.Length} acknowledgements of {source.Count} records.", nameof(acknowledgements));
        }

        ManySend many = new(source.Count, acknowledgements);
        try
        {
            many.Accepted(await AcceptAsync(source, many, cancellationToken).ConfigureAwait(false));
            await DetachableWait.WaitAsync(many.Settled, engine.Executor, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            many.Detach();
            throw;
        }

        many.ThrowIfAnyFailed();
    }

    private static async ValueTask<List<SendFailure>?> AcceptAsync<TSource>(TSource source, IDeliveryHandler? handler, CancellationToken cancellationToken)
        where TSource : IRecordSource
    {
        List<SendFailure>? refused = null;
        for (int i = 0; i < source.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                AckRequest ack = AckRequest.Call(handler, null, i);
                RecordProgress progress = default;
                if (!source.TryAppend(i, ref ack, ref progress))
                {
                    await source.EnqueueSlowAsync(i, ack, progress, cancellationToken).ConfigureAwait(false);
                }
            }
            catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
            {
                (refused ??= []).Add(new SendFailure(i, e));
            }
        }

        return refused;
    }
}
