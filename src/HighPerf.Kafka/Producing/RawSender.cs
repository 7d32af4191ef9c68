using System.Runtime.CompilerServices;
using HighPerf.Kafka.Protocol.Records;

namespace HighPerf.Kafka.Producing;

/// <summary>What the senders of bytes share: to one topic, or to one partition of it. Any thread; keeps nothing between calls.</summary>
internal sealed class RawSender
{
    private readonly int _partition; // -1 when each record has its own, or the partitioner chooses

    public RawSender(ProducerEngine engine, ProducerTopic topic, int partition)
    {
        Engine = engine;
        Topic = topic;
        _partition = partition;
    }

    public ProducerEngine Engine { get; }

    public ProducerTopic Topic { get; }

    /// <summary>Brings a record into its batch, if that needs no waiting; else asks for what is missing where nobody waits.</summary>
    public bool TrySend(NullableBytes key, NullableBytes value, ReadOnlySpan<RecordHeader> headers, long timestamp, int partition, ref AckRequest ack)
    {
        if (!Topic.IsOpen)
        {
            Engine.ThrowIfClosed();
            Engine.BeginLearning(Topic);
            return false;
        }

        RecordProgress progress = default;
        AppendResult result = Append(key, value, headers, timestamp, partition, ref ack, ref progress);
        if (result == AppendResult.Closed)
        {
            Engine.ThrowIfClosed();
        }

        return result == AppendResult.Appended;
    }

    public bool TrySend(in RawRecord record, AckRequest ack) =>
        TrySend(record.NullableKey, record.NullableValue, record.Headers, record.Timestamp, record.Partition, ref ack);

    public ValueTask<RecordMetadata> SendAsync(in RawRecord record, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<RecordMetadata>(cancellationToken);
        }

        AckRequest ack = AckRequest.Awaited(cancellationToken);
        RecordProgress progress = default;
        try
        {
            if (Topic.IsOpen && TryAppend(record, ref ack, ref progress))
            {
                return ack.Start(cancellationToken);
            }

            return WaitingAppend.SendAsync(Engine, new CopiedRecord(this, record), progress, cancellationToken);
        }
        catch (Exception e)
        {
            return ValueTask.FromException<RecordMetadata>(e);
        }
    }

    public ValueTask EnqueueAsync(in RawRecord record, AckRequest ack, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        RecordProgress progress = default;
        try
        {
            if (Topic.IsOpen && TryAppend(record, ref ack, ref progress))
            {
                return ValueTask.CompletedTask;
            }

            return WaitingAppend.EnqueueAsync(Engine, new CopiedRecord(this, record), ack, progress, cancellationToken);
        }
        catch (Exception e)
        {
            return ValueTask.FromException(e);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask WaitToSendAsync(int sizeBytes, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeBytes);
        long size = RecordEncoder.MaxSizeOf(0, sizeBytes);
        if (size + RecordBatchHeader.Size > Engine.Options.MaxRequestSizeBytes)
        {
            throw ProduceErrors.TooLarge(Topic.Name, size, Engine.Options);
        }

        await Topic.Line.WhenPassedAsync(cancellationToken).ConfigureAwait(false);
        await Engine.LearnAsync(Topic, Engine.Loop.Now, cancellationToken).ConfigureAwait(false);
        long needed = Math.Min(Math.Max(SegmentSizes.For((int)size), Engine.SegmentSizes.Longest), Engine.Memory.Capacity);
        if (!Engine.Memory.TryReserve(needed))
        {
            await Engine.ReserveAsync(needed, TimeSpan.MaxValue, cancellationToken).ConfigureAwait(false);
        }

        Engine.Memory.Release(needed);
    }

    public AppendResult Append(
        NullableBytes key, NullableBytes value, ReadOnlySpan<RecordHeader> headers, long timestamp, int partition, ref AckRequest ack,
        ref RecordProgress progress)
    {
        if (_partition >= 0)
        {
            if (partition != -1 && partition != _partition)
            {
                throw new ArgumentException($"The record names partition {partition}; this sender sends to {Topic.Name}-{_partition} only.", nameof(partition));
            }

            partition = _partition;
        }

        if (!headers.IsEmpty)
        {
            HeaderKeys.Require(headers, Topic.Name);
        }

        return Engine.Append(Topic, partition, timestamp, key, new BytesValue(value), headers, ref ack, ref progress);
    }

    private bool TryAppend(in RawRecord record, ref AckRequest ack, ref RecordProgress progress)
    {
        AppendResult result = Append(record.NullableKey, record.NullableValue, record.Headers, record.Timestamp, record.Partition, ref ack, ref progress);
        return result == AppendResult.Appended;
    }
}
