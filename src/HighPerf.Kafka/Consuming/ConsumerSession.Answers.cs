using HighPerf.Kafka.Consuming.Fetching;
using HighPerf.Kafka.Metadata;
using HighPerf.Kafka.Protocol.Messages.Hot;
using HighPerf.Kafka.Protocol.Records;

namespace HighPerf.Kafka.Consuming;

/// <summary>What the answers to fetches mean for their partitions. On the loop.</summary>
internal sealed partial class ConsumerSession
{
    /// <summary>One partition of an answer.</summary>
    /// <param name="answer">Where its records lie; null when the answer has none so far.</param>
    public void PartitionAnswered(SessionPartition part, in FetchResponseView view, FetchedAnswer? answer, int broker)
    {
        PartitionCursor cursor = part.Cursor!;
        if (cursor.FetchIncarnation != part.Incarnation || cursor.FetchOffset != part.Offset || cursor.TopicId != part.Topic.Id || cursor.IsClosed)
        {
            return; // F6
        }

        switch (view.PartitionError)
        {
            case ErrorCode.None when view.DivergingEpoch >= 0:
                Truncated(cursor, view.DivergingEpoch, view.DivergingEndOffset);
                return;

            case ErrorCode.None:
                cursor.EndOffset = Options.IsolationLevel == IsolationLevel.ReadCommitted ? view.LastStableOffset : view.HighWatermark; // F5
                if (view.RecordsLength > 0)
                {
                    Deliver(part, view, answer!);
                }

                Redirect(cursor, view.PreferredReadReplica);
                return;

            case ErrorCode.OffsetOutOfRange:
                OutOfRange(cursor, view, broker);
                return;

            case ErrorCode.FencedLeaderEpoch or ErrorCode.UnknownLeaderEpoch:
                Leave(cursor);
                EpochDisputed(cursor);
                return;

            default:
                KafkaBrokerException error = new(view.PartitionError, ApiKey.Fetch, cursor.TopicPartition, NameOf(broker));
                Leave(cursor);
                if (cursor.Replica >= 0)
                {
                    cursor.Replica = PartitionMetadata.NoLeader; // whatever the replica lacks, the leader is asked
                    FetchFor(cursor);
                }
                else if (view.PartitionError.IsRetriable())
                {
                    PartitionFailed(cursor, error);
                    RefreshAfter(error, cursor.Topic);
                }
                else
                {
                    Fail(cursor, error);
                }

                return;
        }
    }

    /// <summary>All partitions of an answer that brought records were told.</summary>
    public void AnswerDelivered() => _signal.Set();

    public static string NameOf(int broker) => $"broker {broker}";

    /// <summary>A partition was not served: it is tried again later, at the leader.</summary>
    public void PartitionFailed(PartitionCursor cursor, KafkaException error)
    {
        if (_loopClosed || cursor.IsClosed)
        {
            return;
        }

        cursor.Replica = PartitionMetadata.NoLeader;
        if (error is KafkaBrokerException { Code: ErrorCode.UnsupportedVersion })
        {
            Fail(cursor, error);
            return;
        }

        Delay(cursor);
    }

    /// <summary>Asks for fresh metadata if the error says that ours is stale.</summary>
    /// <param name="topic">Null: it concerns a whole broker.</param>
    public void RefreshAfter(KafkaException error, string? topic = null)
    {
        if (!_loopClosed && (error is not KafkaBrokerException { Code: var code } || code.RefreshesMetadata() || code is ErrorCode.OffsetNotAvailable))
        {
            _cluster.Metadata.RequestRefresh(topic);
        }
    }

    private void Deliver(SessionPartition part, in FetchResponseView view, FetchedAnswer answer)
    {
        PartitionCursor cursor = part.Cursor!;
        int offset = answer.BodyOffset + view.RecordsOffset;
        if (!TryWalk(cursor, answer.Array.AsSpan(offset, view.RecordsLength), out long next, out int epoch))
        {
            return;
        }

        FetchedPartition fetched = _fetchedPool.Get();
        fetched.Fill(cursor, part.Incarnation, part.Offset, answer, offset, view.RecordsLength);
        for (int i = 0; i < view.AbortedCount; i++)
        {
            (long producerId, long firstOffset) = view.Aborted(i);
            fetched.Aborted.Add(new AbortedTransaction(producerId, firstOffset));
        }

        cursor.FetchOffset = next;
        cursor.PositionEpoch = epoch;
        cursor.CheckedEpoch = part.LeaderEpoch;
        cursor.LastServed = ++_served;
        _fetched.Enqueue(fetched); // the reader is woken once, when the answer is through
        if (MayFetch(cursor))
        {
            cursor.Lane!.Session.Changed(part);
        }
        else
        {
            Leave(cursor);
        }
    }

    // Where the whole batches end. False: there is nothing to deliver.
    private bool TryWalk(PartitionCursor cursor, ReadOnlySpan<byte> records, out long next, out int epoch)
    {
        next = cursor.FetchOffset;
        epoch = cursor.PositionEpoch;
        bool any = false;
        try
        {
            RecordBatchReader reader = new(records);
            while (reader.TryRead(out RecordBatchView batch))
            {
                any = true;
                next = Math.Max(next, batch.Header.LastOffset + 1); // F1
                epoch = batch.Header.PartitionLeaderEpoch;
                cursor.Slot?.EpochSeen(epoch, batch.Header.BaseOffset); // G1
            }
        }
        catch (KafkaProtocolException)
        {
            // The reader delivers what is whole before it, meets the damage at its place, and tells of it.
            cursor.IsFailed = true;
            return true;
        }

        if (!any)
        {
            Leave(cursor);
            Fail(cursor, new KafkaProtocolException(
                $"The records of {cursor.TopicPartition} cannot be read at offset {next}: the broker sent {records.Length} bytes, "
                + "which hold no whole batch. Raise ConsumerOptions.PartitionFetchMaxBytes, or seek past them to go on."));
        }
        else if (next == cursor.FetchOffset)
        {
            Leave(cursor);
            Delay(cursor); // nothing from the offset on: asked for again at once it would be the same
            return false;
        }

        return any;
    }

    // KIP-392: the leader says which replica is nearer. A replica that was chosen so is asked for as long as metadata would be.
    private void Redirect(PartitionCursor cursor, int replica)
    {
        if (replica >= 0 && replica != cursor.Leader && cursor.Replica < 0 && _cluster.Metadata.Current.TryGetBroker(replica, out _))
        {
            Leave(cursor);
            cursor.Replica = replica;
            cursor.ReplicaUntil = Loop.Now + _cluster.Runtime.Options.MetadataMaxAge;
            FetchFor(cursor);
        }
        else if (cursor.Replica >= 0 && cursor.ReplicaUntil <= Loop.Now)
        {
            Leave(cursor);
            cursor.Replica = PartitionMetadata.NoLeader;
            FetchFor(cursor);
        }
    }

    private void OutOfRange(PartitionCursor cursor, in FetchResponseView view, int broker)
    {
        Leave(cursor);
        if (cursor.Replica >= 0)
        {
            cursor.Replica = PartitionMetadata.NoLeader; // F10: a replica may be behind, or ahead; only the leader knows what the log has
            FetchFor(cursor);
            return;
        }

        if (Options.AutoOffsetReset == AutoOffsetReset.Error)
        {
            // Brokers that do not say where the log is answer -1.
            string log = view.HighWatermark < 0 ? "" : $" (which begins at {Math.Max(view.LogStartOffset, 0)} and ends at {view.HighWatermark})";
            Fail(cursor, new KafkaBrokerException(
                ErrorCode.OffsetOutOfRange, ApiKey.Fetch, cursor.TopicPartition, NameOf(broker),
                $"offset {cursor.FetchOffset} is not in the log{log}; seek, or set AutoOffsetReset"));
            return;
        }

        cursor.FetchOffset = ResetPlace;
        cursor.PositionEpoch = -1;
        FetchFor(cursor);
    }

    private long ResetPlace => Options.AutoOffsetReset == AutoOffsetReset.Earliest ? TopicPartitionOffset.Beginning : TopicPartitionOffset.End;
}
