using System.Runtime.CompilerServices;

namespace HighPerf.Kafka.Producing;

/// <summary>
/// The slow way into a batch, for all senders: the topic is not known yet, memory is full, or earlier sends wait for one of those. In the order of the
/// calls, and with nothing allocated. A token that fires before the record is in its batch ends the send, and nothing is sent. So does the delivery timeout:
/// it counts from the call on, whatever the record waits for.
/// </summary>
internal static class WaitingAppend
{
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public static async ValueTask<RecordMetadata> SendAsync<TRecord>(
        ProducerEngine engine, TRecord record, RecordProgress progress, CancellationToken cancellationToken)
        where TRecord : IWaitingRecord
    {
        AckRequest ack = await InTurnAsync(engine, record, AckRequest.Awaited(cancellationToken), progress, cancellationToken).ConfigureAwait(false);
        return await ack.Start(cancellationToken).ConfigureAwait(false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public static async ValueTask EnqueueAsync<TRecord>(
        ProducerEngine engine, TRecord record, AckRequest ack, RecordProgress progress, CancellationToken cancellationToken)
        where TRecord : IWaitingRecord => await InTurnAsync(engine, record, ack, progress, cancellationToken).ConfigureAwait(false);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<AckRequest> InTurnAsync<TRecord>(
        ProducerEngine engine, TRecord record, AckRequest ack, RecordProgress progress, CancellationToken cancellationToken)
        where TRecord : IWaitingRecord
    {
        ProducerTopic topic = record.GetTopic();
        TimeSpan begun = engine.Loop.Now;
        progress.Begun = begun;
        await topic.Line.TakeTurnAsync(cancellationToken).ConfigureAwait(false); // its place is taken at once: in the order of the calls
        try
        {
            await engine.LearnAsync(topic, begun, cancellationToken).ConfigureAwait(false);
            return await AppendAsync(engine, topic, record, ack, progress, begun, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            topic.Line.EndTurn();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<AckRequest> AppendAsync<TRecord>(
        ProducerEngine engine, ProducerTopic topic, TRecord record, AckRequest ack, RecordProgress progress, TimeSpan begun,
        CancellationToken cancellationToken)
        where TRecord : IWaitingRecord
    {
        AppendResult result = record.TryAppend(topic, ref ack, ref progress);
        while (result == AppendResult.MemoryFull)
        {
            // More than was reserved, the second time: a serialiser that gives another size each time.
            progress.Needed = Math.Min(progress.Needed, engine.Memory.Capacity);
            try
            {
                await engine.ReserveAsync(progress.Needed, begun + engine.Options.DeliveryTimeout, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                throw ProduceErrors.NoMemory(topic.Name, engine.Options);
            }

            progress.Reserved = progress.Needed;
            try
            {
                result = record.TryAppend(topic, ref ack, ref progress);
            }
            finally
            {
                engine.Memory.Release(progress.Reserved);
                progress.Reserved = 0;
            }
        }

        if (result == AppendResult.Closed)
        {
            throw new ObjectDisposedException("KafkaProducer", "The producer was closed. The record was not sent.");
        }

        return ack;
    }
}
