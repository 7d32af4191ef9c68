using HighPerf.Kafka.Consuming.Committing;
using HighPerf.Kafka.Consuming.Fetching;
using HighPerf.Kafka.Consuming.Processing;
using HighPerf.Kafka.Metadata;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Consuming;

/// <summary>
/// One assigned partition, one object per assignment. Fields are grouped by owner: the session's loop fetches, the reader delivers, and what both need
/// is one word that
/// each writes at its own moments.
/// </summary>
internal sealed class PartitionCursor
{
    private const int Paused = 1;
    private const int GivingUp = 2;
    private const int TooFarAhead = 4;
    private const int OnHold = 8;

    private long _bufferedBytes;
    private int _incarnation;
    private int _closed;
    private int _held; // interlocked: why nothing is delivered, a set of the flags above
    private int _heldParts;
    private long _position;
    private long _endOffset = -1;
    private CursorSlot? _slot;
    private CursorSlot? _processedSlot; // owner: the reader
    private PartitionProgress? _progress;

    public PartitionCursor(string topic, byte[] topicBytes, int partition, long startOffset)
    {
        TopicPartition = new TopicPartition(topic, partition);
        TopicBytes = topicBytes;
        FetchOffset = startOffset;
        _position = startOffset;
    }

    public TopicPartition TopicPartition { get; }

    public string Topic => TopicPartition.Topic;

    public byte[] TopicBytes { get; }

    public int Partition => TopicPartition.Partition;

    /// <summary>
    /// Where processed offsets are stored; null without a group. Set by the loop, before anything is fetched, and again when the log is another one. What was
    /// delivered goes to the slot that it was delivered with.
    /// </summary>
    public CursorSlot? Slot
    {
        get => Volatile.Read(ref _slot);
        set => Volatile.Write(ref _slot, value);
    }

    /// <summary>What of it is in processing, and whether it is being given up.</summary>
    public DeliveryGate<NoYield> Gate { get; } = new(default);

    // ---- owner: the session's loop -------------------------------------------------------------------------------------------------

    /// <summary>Where it stands among the partitions of its topic that are assigned; -1 while it does not.</summary>
    public int Index { get; set; } = -1;

    /// <summary>The next offset to fetch, or a place that is to be resolved (negative).</summary>
    public long FetchOffset { get; set; }

    /// <summary>The incarnation that <see cref="FetchOffset"/> belongs to.</summary>
    public int FetchIncarnation { get; set; }

    /// <summary>The leader epoch of the record before <see cref="FetchOffset"/> (KIP-320); -1 while it is not known.</summary>
    public int PositionEpoch { get; set; } = -1;

    /// <summary>The leader epoch whose leader has, or took, what is before <see cref="FetchOffset"/>.</summary>
    public int CheckedEpoch { get; set; } = -1;

    /// <summary>Whether the leader is to be asked where <see cref="PositionEpoch"/> ends, for whatever reason.</summary>
    public bool IsCheckWanted { get; set; }

    /// <summary>As the latest metadata tells it.</summary>
    public Guid TopicId { get; set; }

    public int LeaderEpoch { get; set; } = -1;

    /// <summary>The broker that leads it; -1 while there is none.</summary>
    public int Leader { get; set; } = PartitionMetadata.NoLeader;

    /// <summary>The replica that the leader said to read from (KIP-392), until <see cref="ReplicaUntil"/>; -1 for the leader.</summary>
    public int Replica { get; set; } = PartitionMetadata.NoLeader;

    public TimeSpan ReplicaUntil { get; set; }

    /// <summary>The broker that is fetched from; -1 while there is none.</summary>
    public int FetchBroker => Replica >= 0 ? Replica : Leader;

    /// <summary>Whether metadata was asked for its topic, and has not said that it cannot be found.</summary>
    public bool IsLookedUp { get; set; }

    /// <summary>
    /// The lane whose requests fetch it; null while there is none. A seek, or a new leader, takes it off: that answer is not waited for then (F6).
    /// </summary>
    public FetchLane? Lane { get; set; }

    /// <summary>Its part of the lane's session; null while there is no lane.</summary>
    public SessionPartition? Asked { get; set; }

    /// <summary>The fetcher that will look at it; null while there is none.</summary>
    public BrokerFetcher? OfferedTo { get; set; }

    /// <summary>Whether it stands among those that were left out for want of room.</summary>
    public bool IsStarved { get; set; }

    /// <summary>Whether it stands among those that wait for <see cref="NotBefore"/>.</summary>
    public bool IsDelayed { get; set; }

    /// <summary>When it brought records last, counted in answers; 0 for never.</summary>
    public long LastServed { get; set; }

    /// <summary>Whether a question for its offset is under way.</summary>
    public bool IsResolving { get; set; }

    /// <summary>Whether the leader is being asked about its position.</summary>
    public bool IsChecking { get; set; }

    /// <summary>Whether it waits for a seek, because its records or its position cannot be read.</summary>
    public bool IsFailed { get; set; }

    /// <summary>Nothing is asked about it before this time.</summary>
    public TimeSpan NotBefore { get; set; }

    /// <summary>Whether the position must be compared with the leader's log before anything is fetched or delivered (F8).</summary>
    public bool NeedsCheck => IsCheckWanted || (PositionEpoch >= 0 && LeaderEpoch >= 0 && LeaderEpoch != PositionEpoch && LeaderEpoch != CheckedEpoch);

    // ---- the application's reader, and the loop reads --------------------------------------------------------------------------------

    /// <summary>
    /// Counts up when position or ownership changes; what was fetched for an earlier one is dropped (F6). Written by the application's calls.
    /// </summary>
    public int Incarnation => Volatile.Read(ref _incarnation);

    /// <summary>Whether the partition is not assigned any more.</summary>
    public bool IsClosed => Volatile.Read(ref _closed) != 0;

    public bool IsPaused
    {
        get => (Volatile.Read(ref _held) & Paused) != 0;
        set => _ = value ? Interlocked.Or(ref _held, Paused) : Interlocked.And(ref _held, ~Paused);
    }

    /// <summary>Whether its records may be delivered: it is not paused, not being given up, not too far ahead, and its position is not in doubt.</summary>
    public bool MayDeliver => Volatile.Read(ref _held) == 0;

    /// <summary>Whether too much of it is in processing. Any thread.</summary>
    public bool IsHeld => (Volatile.Read(ref _held) & TooFarAhead) != 0;

    /// <summary>How far it is processed by handlers that run at the same time; null while none do. Set by the reader, read by any thread.</summary>
    public PartitionProgress? Progress
    {
        get => Volatile.Read(ref _progress);
        set => Volatile.Write(ref _progress, value);
    }

    /// <summary>How far it is processed since the last seek or assignment. Owner: the reader.</summary>
    public Watermark Processed { get; private set; } = new();

    /// <summary>As <see cref="Processed"/>, begun anew when what is delivered now is of another log than before. The reader.</summary>
    public Watermark ProcessedOf(CursorSlot? slot)
    {
        if (_processedSlot != slot)
        {
            ForgetProcessed();
            _processedSlot = slot;
        }

        return Processed;
    }

    /// <summary>
    /// Whether the loop compares the position with the leader's log: nothing is delivered meanwhile (F8). Written by the loop, which tells the reader of the
    /// end by a <see cref="FetchedPartition"/> that says so.
    /// </summary>
    public bool IsOnHold
    {
        get => (Volatile.Read(ref _held) & OnHold) != 0;
        set => _ = value ? Interlocked.Or(ref _held, OnHold) : Interlocked.And(ref _held, ~OnHold);
    }

    /// <summary>
    /// The next offset to deliver; negative while it is not known. Written by the reader and by seeking, and by the loop only through
    /// <see cref="TryStart"/>.
    /// </summary>
    public long Position
    {
        get => Volatile.Read(ref _position);
        set => Volatile.Write(ref _position, value);
    }

    /// <summary>
    /// The loop found the offset of the place that the position stands for. False: the position is another one by now, and only the reader may move it,
    /// when it has delivered what was fetched before.
    /// </summary>
    public bool TryStart(long place, long offset) => Interlocked.CompareExchange(ref _position, offset, place) == place;

    /// <summary>The end of its log as last told; -1 while it is not known. Written by the loop, read by any thread.</summary>
    public long EndOffset
    {
        get => Volatile.Read(ref _endOffset);
        set => Volatile.Write(ref _endOffset, value);
    }

    /// <summary>From the position to the end; null while either is not known. Any thread.</summary>
    public long? Lag => EndOffset is >= 0 and var end && Position is >= 0 and var position ? Math.Max(end - position, 0) : null;

    // ---- both, interlocked -----------------------------------------------------------------------------------------------------------

    /// <summary>Bytes received and not given back yet.</summary>
    public long BufferedBytes => Volatile.Read(ref _bufferedBytes);

    public void AddBuffered(long bytes) => Interlocked.Add(ref _bufferedBytes, bytes);

    /// <summary>How many of its fetched parts the reader has read, and the application still holds.</summary>
    public int HeldParts => Volatile.Read(ref _heldParts);

    public void AddHeldParts(int count) => Interlocked.Add(ref _heldParts, count);

    /// <summary>The loop begins an incarnation of its own. False: a seek is on its way to the loop, and wins.</summary>
    public bool TryNextIncarnation()
    {
        int next = FetchIncarnation + 1;
        if (Interlocked.CompareExchange(ref _incarnation, next, FetchIncarnation) != FetchIncarnation)
        {
            return false;
        }

        FetchIncarnation = next;
        return true;
    }

    public int NextIncarnation() => Interlocked.Increment(ref _incarnation);

    /// <summary>Ends delivery for good. True: nothing is in processing; false: the last who leaves the gate is told. The loop.</summary>
    public bool BeginToGiveUp()
    {
        Interlocked.Or(ref _held, GivingUp);
        return Gate.Close();
    }

    /// <summary>The position moves elsewhere: what was delivered before does not count for what follows. The reader.</summary>
    public void ForgetProcessed()
    {
        Processed = new Watermark();
        Progress = null;
    }

    /// <summary>Nothing more of it is delivered until <see cref="Unhold"/>. Any thread.</summary>
    public void Hold() => Interlocked.Or(ref _held, TooFarAhead);

    public void Unhold() => Interlocked.And(ref _held, ~TooFarAhead);

    public void Close()
    {
        Volatile.Write(ref _closed, 1);
        NextIncarnation();
    }
}
