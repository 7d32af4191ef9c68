namespace HighPerf.Kafka.Producing;

/// <summary>
/// The slow way into a batch, for all senders: the topic is not known yet, memory is full, or earlier sends wait for one of those. In the order of the
/// calls. A token that fires before the record is in its batch ends the send, and nothing is sent.
/// </summary>
internal static class WaitingAppend
{
    public static async ValueTask<RecordMetadata> SendAsync<TRecord>(ProducerEngine engine, TRecord record, CancellationToken cancellationToken)
        where TRecord : IWaitingRecord
    {
        AckRequest ack = await InTurnAsync(engine, record, AckRequest.Awaited(cancellationToken), cancellationToken).ConfigureAwait(false);
        return await ack.Start(cancellationToken).ConfigureAwait(false);
    }

    public static async ValueTask EnqueueAsync<TRecord>(ProducerEngine engine, TRecord record, AckRequest ack, CancellationToken cancellationToken)
        where TRecord : IWaitingRecord => await InTurnAsync(engine, record, ack, cancellationToken).ConfigureAwait(false);

    private static async ValueTask<AckRequest> InTurnAsync<TRecord>(
        ProducerEngine engine, TRecord record, AckRequest ack, CancellationToken cancellationToken)
        where TRecord : IWaitingRecord
    {
        ProducerTopic topic = record.GetTopic();
        SendTurn turn = topic.TakeTurn(); // before the first await: in the order of the calls
        try
        {
            await DetachableWait.WaitAsync(turn.Before, engine.Executor, cancellationToken).ConfigureAwait(false);
            await engine.LearnAsync(topic, cancellationToken).ConfigureAwait(false);
            return await AppendAsync(engine, topic, record, ack, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            turn.End();
        }
    }

    private static async ValueTask<AckRequest> AppendAsync<TRecord>(
        ProducerEngine engine, ProducerTopic topic, TRecord record, AckRequest ack, CancellationToken cancellationToken)
        where TRecord : IWaitingRecord
    {
        RecordMemory memory = default;
        AppendResult result = record.TryAppend(topic, ref ack, ref memory);
        while (result == AppendResult.MemoryFull)
        {
            // More than was reserved, the second time: a serialiser that gives another size each time.
            await engine.ReserveAsync(memory.Needed, cancellationToken).ConfigureAwait(false);
            memory.Reserved = memory.Needed;
            try
            {
                result = record.TryAppend(topic, ref ack, ref memory);
            }
            finally
            {
                engine.Memory.Release(memory.Reserved);
                memory.Reserved = 0;
            }
        }

        if (result == AppendResult.Closed)
        {
            throw new ObjectDisposedException("KafkaProducer", "The producer was closed. The record was not sent.");
        }

        return ack;
    }
}
