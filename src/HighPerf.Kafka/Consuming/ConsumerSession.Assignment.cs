using System.Text;
using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Consuming.Committing;

namespace HighPerf.Kafka.Consuming;

/// <summary>Which partitions the consumer has, and what was processed of them. Any thread, unless a member says otherwise.</summary>
internal sealed partial class ConsumerSession
{
    private const int PruningIsDue = 1;
    private const int ReturnIsNews = 2;
    private const int UnparkingIsDue = 4;
    private const int ErrorIsDue = 8;

    private int _readerDuties; // any thread, interlocked: what the reader is to do when it asks next, a set of the flags above
    private long _asks; // written by the reader, read by the loop

    /// <summary>Membership, commits and hand-over; null for a consumer without a group.</summary>
    public GroupSession? Group { get; }

    /// <summary>Whether asking for the next stores what was delivered before: not while handlers process it.</summary>
    public bool StoresOnNext => Group is not null && Options.OffsetStore == OffsetStore.OnNext && !IsProcessing;

    /// <summary>Whether records go to handlers that run at the same time. Owner: the reader.</summary>
    public bool IsProcessing { get; private set; }

    /// <summary>Batches that were disposed and are not counted yet.</summary>
    public LeaseReturns Returns { get; } = new();

    /// <summary>How often the application has asked for records; the loop looks whether it changes.</summary>
    public long Asks => Volatile.Read(ref _asks);

    /// <summary>Whether the reader waits for records: it would take them at once.</summary>
    public bool IsReaderWaiting => _signal.IsAwaited;

    public PartitionCursor[] Assignment => Volatile.Read(ref _assignment).Cursors;

    /// <summary>Replaces the assignment. Positions of partitions that stay are forgotten like the others: the caller names new ones.</summary>
    public void Assign(IReadOnlyList<TopicPartitionOffset> partitions)
    {
        PartitionCursor[] cursors = new PartitionCursor[partitions.Count];
        for (int i = 0; i < cursors.Length; i++)
        {
            TopicPartitionOffset place = partitions[i];
            cursors[i] = CreateCursor(new TopicPartition(place.Topic, place.Partition), place.Offset);
        }

        PartitionCursor[] before;
        lock (_assignmentLock)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            before = _assignment.Cursors;
            foreach (PartitionCursor cursor in before)
            {
                cursor.Close();
            }

            Volatile.Write(ref _assignment, new PartitionAssignment(cursors));
        }

        LoopCall.Post(Loop, () =>
        {
            RemovePartitions(before);
            Group?.Reassigned(before, cursors);
            AddPartitions(cursors);
        });
    }

    /// <summary>Leaves the group; completes when that is done.</summary>
    public Completion<bool> Unsubscribe()
    {
        Completion<bool> left = new(_cluster.Runtime.Executor);
        LoopCall.Post(Loop, () => Group!.Unsubscribe(() => left.Complete(true)));
        return left;
    }

    /// <summary>The cursor of an assigned partition.</summary>
    /// <exception cref="InvalidOperationException">It is not assigned.</exception>
    public PartitionCursor Find(TopicPartition partition) => Volatile.Read(ref _assignment).TryFind(partition, out PartitionCursor? cursor)
        ? cursor
        : throw new InvalidOperationException($"{partition} is not assigned to this consumer. {HowToGetPartitions()}");

    public bool IsAssigned(TopicPartition partition) => Volatile.Read(ref _assignment).TryFind(partition, out _);

    /// <summary>A record, or a batch, is processed up to an offset.</summary>
    /// <exception cref="InvalidOperationException">The consumer has no group.</exception>
    public StoreResult Store(PartitionCursor cursor, CursorSlot? slot, long nextOffset)
    {
        RequireGroup();

        // A cursor that was assigned by hand gets its slot on the loop; who stores before has read nothing of it.
        return slot is not null ? slot.Store(nextOffset) : cursor.IsClosed ? StoreResult.Closed : throw new InvalidOperationException(
            $"Offset {nextOffset} of {cursor.TopicPartition} cannot be stored yet: nothing of the partition was read.");
    }

    /// <exception cref="InvalidOperationException">The consumer has no group.</exception>
    public GroupSession RequireGroup() => Group ?? throw new InvalidOperationException(
        "This consumer has no group to store or commit offsets for. Set ConsumerOptions.GroupId.");

    /// <summary>The application asks for records. The reader only.</summary>
    public void Asked() => Volatile.Write(ref _asks, _asks + 1);

    /// <summary>Whether the reader has anything to do but to read: one look for all of it, since it looks before every record. The reader only.</summary>
    public bool HasDuties => Volatile.Read(ref _readerDuties) != 0;

    /// <summary>Tells the loop that the application is back, if it waits for that. The reader only.</summary>
    public void TellReturn()
    {
        if (TryTakeDuty(ReturnIsNews))
        {
            LoopCall.Post(Loop, () => Group!.ApplicationReturned());
        }
    }

    /// <summary>A handler has processed a record: the application is there. Any thread; that one of two at the same time is not counted does no harm.</summary>
    public void HasProgressed() => Volatile.Write(ref _asks, _asks + 1);

    /// <summary>The reader can go on with a partition, or has to look why not. Any thread.</summary>
    public void Wake(PartitionCursor? cursor)
    {
        if (cursor is not null)
        {
            Interlocked.Or(ref _readerDuties, UnparkingIsDue);
        }

        _signal.Set();
    }

    /// <summary>Records go to handlers from now on. The reader.</summary>
    /// <exception cref="InvalidOperationException">They do already.</exception>
    public void BeginProcessing() => IsProcessing = !IsProcessing ? true : throw new InvalidOperationException("RunAsync is running already.");

    /// <summary>
    /// They do not any more. What was begun and not processed is read again by whoever reads next: partitions go back to the first of it. The reader.
    /// </summary>
    public void EndProcessing()
    {
        IsProcessing = false;
        foreach (PartitionCursor cursor in Assignment)
        {
            cursor.Unhold();
            if (cursor.Progress?.FirstOpen is { } open)
            {
                Seek(cursor, open);
            }

            cursor.Progress = null;
        }

        Interlocked.Or(ref _readerDuties, UnparkingIsDue);
    }

    /// <summary>The application's return from its absence is to be told.</summary>
    public void AwaitReturn() => Interlocked.Or(ref _readerDuties, ReturnIsNews);

    /// <summary>Whether the reader is to let go of partitions that went away. The reader only; once for each time.</summary>
    public bool TryTakePruning() => TryTakeDuty(PruningIsDue);

    /// <summary>Whether the reader is to look for partitions that may be delivered again. The reader only; once for each time.</summary>
    public bool TryTakeUnparking() => TryTakeDuty(UnparkingIsDue);

    /// <summary>Nothing of a partition that is being given up is in processing any more.</summary>
    public void Drained(PartitionCursor cursor) => LoopCall.Post(Loop, () => Group?.Drained(cursor));

    /// <summary>Whatever the reader tries from now on, it is told this. The loop.</summary>
    public void FailForGood(KafkaException error)
    {
        Volatile.Write(ref _fatal, error);
        Interlocked.Or(ref _readerDuties, ErrorIsDue);
        _signal.Set();
    }

    /// <summary>Something that the reader is told once, and then reads on. The loop.</summary>
    public void Report(KafkaException error)
    {
        _reports.Enqueue(error);
        Interlocked.Or(ref _readerDuties, ErrorIsDue);
        _signal.Set();
    }

    public PartitionCursor CreateCursor(TopicPartition partition, long offset) =>
        new(partition.Topic, Encoding.UTF8.GetBytes(partition.Topic), partition.Partition, offset);

    /// <summary>
    /// The group gave partitions: they can be sought, paused and found, and are fetched when <see cref="AddPartitions"/> is called. The loop.
    /// </summary>
    public void Announce(IReadOnlyList<PartitionCursor> cursors)
    {
        lock (_assignmentLock)
        {
            Volatile.Write(ref _assignment, _assignment.With(cursors));
        }

        _signal.Set();
    }

    /// <summary>The group took partitions: nothing of them is delivered or fetched any more. The loop.</summary>
    public void Take(IReadOnlyList<PartitionCursor> cursors)
    {
        if (cursors.Count == 0)
        {
            return;
        }

        foreach (PartitionCursor cursor in cursors)
        {
            cursor.Close();
        }

        lock (_assignmentLock)
        {
            Volatile.Write(ref _assignment, _assignment.Without(cursors));
        }

        RemovePartitions(cursors);
        Interlocked.Or(ref _readerDuties, PruningIsDue);
        _signal.Set();
    }

    private bool TryTakeDuty(int duty) => (Volatile.Read(ref _readerDuties) & duty) != 0 && (Interlocked.And(ref _readerDuties, ~duty) & duty) != 0;

    private string HowToGetPartitions() => Group is { IsSubscribed: true } ? "Its group gave it others." : "Assign it, or subscribe to its topic, first.";
}
