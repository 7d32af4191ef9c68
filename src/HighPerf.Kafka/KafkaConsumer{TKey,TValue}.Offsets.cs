using HighPerf.Kafka.Consuming;
using HighPerf.Kafka.Consuming.Committing;

namespace HighPerf.Kafka;

/// <content>
/// Offsets of the group: storing (cheap, for every record), committing (a request, shared by all who ask for one), and what is committed. Any thread.
/// <para>
/// What is stored, and what is committed, only ever rises: storing a lower offset than before changes nothing. <see cref="RewindAsync"/> is the one way back.
/// </para>
/// </content>
public sealed partial class KafkaConsumer<TKey, TValue>
{
    /// <summary>A record is processed: the offset behind it goes with the next commit. Never waits, allocates nothing.</summary>
    /// <exception cref="InvalidOperationException">The consumer has no group, or the partition is not assigned to it any more.</exception>
    public void StoreOffset(in ConsumedRecord<TKey, TValue> record)
    {
        if (_session.Store(record.Cursor, record.Slot, record.Offset + 1) == StoreResult.Closed)
        {
            ThrowStale(record.TopicPartition, record.Offset + 1);
        }
    }

    /// <summary>
    /// As <see cref="StoreOffset(in ConsumedRecord{TKey, TValue})"/>; false instead of an exception when the partition is not assigned any more.
    /// </summary>
    /// <exception cref="InvalidOperationException">The consumer has no group.</exception>
    public bool TryStoreOffset(in ConsumedRecord<TKey, TValue> record) => _session.Store(record.Cursor, record.Slot, record.Offset + 1) != StoreResult.Closed;

    /// <summary>All records of a batch are processed. Before it is disposed.</summary>
    /// <inheritdoc cref="StoreOffset(in ConsumedRecord{TKey, TValue})"/>
    /// <exception cref="ObjectDisposedException">The batch was disposed.</exception>
    public void StoreOffset(in ConsumedBatch batch)
    {
        _session.RequireGroup();
        if (batch.Lease.StoreEnd() == StoreResult.Closed)
        {
            ThrowStale(batch.TopicPartition, batch.NextOffset);
        }
    }

    /// <summary>As <see cref="StoreOffset(in ConsumedBatch)"/>; false instead of an exception when the partition is not assigned any more.</summary>
    /// <exception cref="InvalidOperationException">The consumer has no group.</exception>
    /// <exception cref="ObjectDisposedException">The batch was disposed.</exception>
    public bool TryStoreOffset(in ConsumedBatch batch)
    {
        _session.RequireGroup();
        return batch.Lease.StoreEnd() != StoreResult.Closed;
    }

    /// <summary>Everything below an offset is processed.</summary>
    /// <param name="partition">An assigned partition.</param>
    /// <param name="nextOffset">The offset of the next record to process.</param>
    /// <inheritdoc cref="StoreOffset(in ConsumedRecord{TKey, TValue})"/>
    public void StoreOffset(TopicPartition partition, long nextOffset)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(nextOffset);
        _session.RequireGroup();
        PartitionCursor cursor = _session.Find(partition);
        if (_session.Store(cursor, cursor.Slot, nextOffset) == StoreResult.Closed)
        {
            ThrowStale(partition, nextOffset);
        }
    }

    /// <summary>
    /// Commits everything that is stored. Completes when the broker has acknowledged it, or something higher; calls at the same time share requests, of which
    /// one is under way at a time. Cancelling ends the wait and nothing else: what is stored stays stored.
    /// </summary>
    /// <exception cref="KafkaException">The broker refused, or the partition was given up meanwhile: the message says which, and what happens next.</exception>
    /// <exception cref="KafkaTimeoutException">No coordinator answered in time.</exception>
    public ValueTask CommitAsync(CancellationToken cancellationToken = default) => _session.RequireGroup().Committer.CommitAsync(cancellationToken);

    /// <summary>Stores and commits the offset behind a record.</summary>
    /// <inheritdoc cref="CommitAsync(CancellationToken)"/>
    public ValueTask CommitAsync(in ConsumedRecord<TKey, TValue> record, CancellationToken cancellationToken = default)
    {
        StoreOffset(record);
        return _session.RequireGroup().Committer.CommitAsync(cancellationToken);
    }

    /// <summary>Stores and commits the offset behind a batch. Before it is disposed.</summary>
    /// <inheritdoc cref="CommitAsync(CancellationToken)"/>
    public ValueTask CommitAsync(in ConsumedBatch batch, CancellationToken cancellationToken = default)
    {
        StoreOffset(batch);
        return _session.RequireGroup().Committer.CommitAsync(cancellationToken);
    }

    /// <summary>Commits these offsets, whatever is stored. An offset below one that is stored or committed changes nothing.</summary>
    /// <exception cref="InvalidOperationException">A partition is not assigned.</exception>
    /// <inheritdoc cref="CommitAsync(CancellationToken)"/>
    public ValueTask CommitAsync(IReadOnlyList<OffsetCommit> offsets, CancellationToken cancellationToken = default) =>
        _session.RequireGroup().Committer.CommitAsync(Given(offsets), cancellationToken);

    /// <summary>
    /// Goes back on purpose: moves the position of an assigned partition, and commits it, though it is lower than what was committed before. What is
    /// in processing of the old place and stored later does not count unless it is higher. Belongs to the reader.
    /// </summary>
    /// <param name="partition">An assigned partition.</param>
    /// <param name="offset">The offset of the next record to read.</param>
    /// <param name="cancellationToken">Ends the wait for the commit; the position has moved.</param>
    /// <inheritdoc cref="CommitAsync(CancellationToken)"/>
    public ValueTask RewindAsync(TopicPartition partition, long offset, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        GroupSession group = _session.RequireGroup();
        _session.Seek(_session.Find(partition), offset);
        return group.Committer.RewindAsync([new GivenOffset(partition, offset)], cancellationToken);
    }

    /// <summary>What the group has committed, in the order of the partitions; -1 where nothing is. The partitions need not be assigned.</summary>
    /// <exception cref="KafkaException">The broker refused, or none answered in time.</exception>
    public Task<IReadOnlyList<TopicPartitionOffset>> CommittedAsync(IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(partitions);
        return _session.RequireGroup().FindCommittedAsync(partitions, cancellationToken);
    }

    /// <summary>
    /// How many offsets lie between the position and the end of the partition's log, as last told by its broker; under read_committed, its last stable offset.
    /// Null while either is not known. Any thread.
    /// </summary>
    /// <exception cref="InvalidOperationException">The partition is not assigned.</exception>
    public long? Lag(TopicPartition partition) => _session.Find(partition).Lag;

    private static List<GivenOffset> Given(IReadOnlyList<OffsetCommit> offsets)
    {
        ArgumentNullException.ThrowIfNull(offsets);
        List<GivenOffset> given = new(offsets.Count);
        foreach (OffsetCommit offset in offsets)
        {
            ArgumentException.ThrowIfNullOrEmpty(offset.Topic, nameof(offsets));
            ArgumentOutOfRangeException.ThrowIfNegative(offset.Partition, nameof(offsets));
            ArgumentOutOfRangeException.ThrowIfNegative(offset.Offset, nameof(offsets));
            given.Add(new GivenOffset(new TopicPartition(offset.Topic, offset.Partition), offset.Offset, offset.LeaderEpoch ?? -1, offset.Metadata));
        }

        return given;
    }

    private void ThrowStale(TopicPartition partition, long offset) => throw new InvalidOperationException(
        $"Offset {offset} of {partition} was not stored: the partition was given up (group {_session.Options.GroupId}, generation {Generation}). "
        + "Its new owner reads the record again.");
}
