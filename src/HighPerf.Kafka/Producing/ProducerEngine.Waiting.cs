using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Metadata;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Producing;

/// <summary>What callers wait for before their record is in a batch: the topic, and memory. Neither longer than a record may take.</summary>
internal sealed partial class ProducerEngine
{
    private readonly LoopCall _watch;
    private readonly OverdueTimer _overdue;
    private long _overdueAt = long.MaxValue; // written by the loop, read by any thread: when waiters for memory are looked at, in ticks of the loop's clock

    /// <summary>Completes when the topic's partitions are known (P16: the first record asks at once).</summary>
    /// <param name="begun">Since when the caller waits.</param>
    public async ValueTask LearnAsync(ProducerTopic topic, TimeSpan begun, CancellationToken cancellationToken)
    {
        ThrowIfClosed();
        if (topic.PartitionCount > 0)
        {
            return;
        }

        topic.ThrowIfSettled(begun, Options.UnknownTopicTimeout);
        TopicMetadata metadata = await AwaitMetadataAsync(topic, begun, cancellationToken).ConfigureAwait(false);
        lock (_topicLock)
        {
            ThrowIfClosed();
            if (topic.PartitionCount == 0)
            {
                topic.Update(metadata);
            }
        }
    }

    /// <summary>Waits for memory, and has what lingers sent meanwhile: it may be that which holds the memory.</summary>
    /// <param name="deadline">When the wait fails with a <see cref="TimeoutException"/>, on the loop's clock.</param>
    public ValueTask ReserveAsync(long size, TimeSpan deadline, CancellationToken cancellationToken)
    {
        ValueTask reserved = Memory.ReserveAsync(size, deadline, cancellationToken);
        if (!reserved.IsCompleted)
        {
            if (Options.Linger > TimeSpan.Zero && Interlocked.Exchange(ref _hurrying, 1) == 0)
            {
                Loop.Post(_hurry);
            }

            // Its place is taken: a look that is under way and does not see it any more has not written when the next one is.
            if (deadline.Ticks < Interlocked.Read(ref _overdueAt))
            {
                Loop.Post(_watch);
            }
        }

        return reserved;
    }

    private void FailOverdue()
    {
        Interlocked.Exchange(ref _overdueAt, long.MaxValue);
        TimeSpan next = Memory.FailOverdue(Loop.Now);
        if (next < TimeSpan.MaxValue)
        {
            Loop.Arm(_overdue, next);
            Interlocked.Exchange(ref _overdueAt, next.Ticks);
        }
    }

    private async ValueTask<TopicMetadata> AwaitMetadataAsync(ProducerTopic topic, TimeSpan begun, CancellationToken cancellationToken)
    {
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closingSource.Token);
        try
        {
            TimeSpan left = Options.DeliveryTimeout - (Loop.Now - begun);
            return await _metadata.GetTopicAsync(
                topic.Name, left > TimeSpan.Zero ? left : TimeSpan.Zero, Options.UnknownTopicTimeout, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ThrowIfClosed();
            throw;
        }
        catch (KafkaException e)
        {
            topic.Settle(e, Loop.Now);
            throw ProduceErrors.NoPartitions(topic.Name, e);
        }
    }

    private sealed class OverdueTimer(ProducerEngine engine) : LoopTimer
    {
        protected internal override void OnDue() => engine.FailOverdue();
    }
}
