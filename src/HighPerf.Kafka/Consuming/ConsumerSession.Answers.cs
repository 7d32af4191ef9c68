using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Consuming.Fetching;
using HighPerf.Kafka.Protocol.Messages.Hot;
using HighPerf.Kafka.Protocol.Records;

namespace HighPerf.Kafka.Consuming;

/// <summary>What the answers to fetches mean for their partitions. On the loop.</summary>
internal sealed partial class ConsumerSession
{
    public void PartitionAnswered(in FetchEntry entry, in FetchResponseView view, SharedBuffer? buffer, int bodyOffset, string broker)
    {
        PartitionCursor cursor = entry.Cursor;
        if (cursor.FetchIncarnation != entry.Incarnation || cursor.FetchOffset != entry.Offset || cursor.TopicId != entry.TopicId || cursor.IsClosed)
        {
            return; // F6
        }

        switch (view.PartitionError)
        {
            case ErrorCode.None:
                if (view.RecordsLength > 0)
                {
                    Deliver(entry, view, buffer!, bodyOffset + view.RecordsOffset);
                }

                return;

            case ErrorCode.OffsetOutOfRange:
                OutOfRange(cursor, view, broker);
                return;

            default:
                KafkaBrokerException error = new(view.PartitionError, ApiKey.Fetch, cursor.TopicPartition, broker);
                if (view.PartitionError.IsRetriable())
                {
                    PartitionFailed(entry, error);
                }
                else
                {
                    Fail(cursor, error);
                }

                return;
        }
    }

    /// <summary>A partition was not served: it is tried again later, with fresh metadata.</summary>
    public void PartitionFailed(in FetchEntry entry, KafkaException error)
    {
        PartitionCursor cursor = entry.Cursor;
        if (_loopClosed || cursor.IsClosed)
        {
            return;
        }

        Delay(cursor);
        if (error is not KafkaBrokerException { Code: var code } || code.RefreshesMetadata()
            || code is ErrorCode.UnknownLeaderEpoch or ErrorCode.OffsetNotAvailable)
        {
            _cluster.Metadata.RequestRefresh(cursor.Topic);
        }
    }

    private void Deliver(in FetchEntry entry, in FetchResponseView view, SharedBuffer buffer, int offset)
    {
        PartitionCursor cursor = entry.Cursor;
        long next = cursor.FetchOffset;
        bool any = false;
        try
        {
            RecordBatchReader reader = new(buffer.Array.AsSpan(offset, view.RecordsLength));
            while (reader.TryRead(out RecordBatchView batch))
            {
                any = true;
                next = Math.Max(next, batch.Header.LastOffset + 1); // F1
            }

            if (!any)
            {
                Fail(cursor, new KafkaProtocolException(
                    $"The records of {cursor.TopicPartition} cannot be read at offset {next}: the broker sent {view.RecordsLength} bytes, "
                    + "which hold no whole batch. Raise ConsumerOptions.PartitionFetchMaxBytes, or seek past them to go on."));
                return;
            }
        }
        catch (KafkaProtocolException)
        {
            // The reader delivers what is whole before it, meets the damage at its place, and tells of it.
            any = false;
            cursor.IsFailed = true;
        }

        if (any && next == cursor.FetchOffset)
        {
            Delay(cursor); // nothing from the offset on: asked for again at once it would be the same
            return;
        }

        buffer.AddReference();
        FetchedPartition fetched = _fetchedPool.Get();
        fetched.Fill(cursor, entry.Incarnation, entry.Offset, buffer, offset, view.RecordsLength);
        for (int i = 0; i < view.AbortedCount; i++)
        {
            (long producerId, long firstOffset) = view.Aborted(i);
            fetched.Aborted.Add(new AbortedTransaction(producerId, firstOffset));
        }

        cursor.FetchOffset = next;
        cursor.LastServed = ++_served;
        Interlocked.Add(ref _bufferedBytes, view.RecordsLength);
        _fetched.Enqueue(fetched);
        _signal.Set();
    }

    private void OutOfRange(PartitionCursor cursor, in FetchResponseView view, string broker)
    {
        if (Options.AutoOffsetReset == AutoOffsetReset.Error)
        {
            // Brokers that do not say where the log is answer -1.
            string log = view.HighWatermark < 0 ? "" : $" (which begins at {Math.Max(view.LogStartOffset, 0)} and ends at {view.HighWatermark})";
            Fail(cursor, new KafkaBrokerException(
                ErrorCode.OffsetOutOfRange, ApiKey.Fetch, cursor.TopicPartition, broker,
                $"offset {cursor.FetchOffset} is not in the log{log}; seek, or set AutoOffsetReset"));
            return;
        }

        cursor.FetchOffset = ResetPlace;
        FetchFor(cursor);
    }

    private long ResetPlace => Options.AutoOffsetReset == AutoOffsetReset.Earliest ? TopicPartitionOffset.Beginning : TopicPartitionOffset.End;
}
