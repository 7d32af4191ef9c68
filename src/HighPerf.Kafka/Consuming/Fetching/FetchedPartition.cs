using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Consuming.Committing;
using HighPerf.Kafka.Protocol.Records;

namespace HighPerf.Kafka.Consuming.Fetching;

/// <summary>
/// What one Fetch answer brought of one partition, on its way to the reader: record bytes in the buffer they were received into, or something that
/// the reader is to be told. Counted: the reader holds it until it is read, and every batch that was handed out until it is disposed; the last one
/// gives the bytes back.
/// <para>
/// Nothing is copied as long as the reader goes on. What is put aside (paused), or belongs to a partition of which earlier parts were read and are still
/// held, is moved to a buffer of its own, so that a slow partition keeps its own bytes and not those of the others in the answer.
/// </para>
/// </summary>
internal sealed class FetchedPartition
{
    // Earlier parts of a partition that are read and held; so many are what an application has that works on one batch and looks at the next.
    private const int ToleratedHeld = 1;

    private readonly ConsumerSession _session;
    private FetchedAnswer? _answer;
    private int _references; // any thread, interlocked
    private bool _isHeld; // written by the reader before it gives up its reference, read by whoever gives up the last

    public FetchedPartition(ConsumerSession session) => _session = session;

    public PartitionCursor Cursor { get; private set; } = null!;

    /// <summary>Where what is processed of it is stored: that of the log it was read from, whatever the partition's is by then. Null without a group.</summary>
    public CursorSlot? Slot { get; private set; }

    public int Incarnation { get; private set; }

    /// <summary>Where delivery begins: what was asked for, later what the reader has not delivered yet. Owner: the reader.</summary>
    public long From { get; set; }

    public ReadOnlyMemory<byte> Records { get; private set; }

    /// <summary>As the answer lists them. Reused with the object.</summary>
    public List<AbortedTransaction> Aborted { get; } = [];

    /// <summary>Instead of records: what the reader is to be told of this partition.</summary>
    public Exception? Error { get; private set; }

    /// <summary>Instead of records: the partition may be delivered again, and what was put aside of it comes next.</summary>
    public bool IsGoOn { get; private set; }

    /// <summary>Whether it is still what its partition wants (F6).</summary>
    public bool IsCurrent => Cursor.Incarnation == Incarnation;

    /// <summary>Takes records of an answer, and a reference to it.</summary>
    public void Fill(PartitionCursor cursor, int incarnation, long fetchOffset, FetchedAnswer answer, int offset, int length)
    {
        FillError(cursor, incarnation, null);
        From = fetchOffset;
        if (cursor.HeldParts > ToleratedHeld)
        {
            CopyOut(answer, offset, length);
        }
        else
        {
            answer.AddReference();
            _answer = answer;
            Records = answer.Array.AsMemory(offset, length);
        }

        cursor.AddBuffered(length);
    }

    /// <summary>Takes no records: when the reader comes to it, it moves the position there.</summary>
    public void FillPlace(PartitionCursor cursor, int incarnation, long offset)
    {
        FillError(cursor, incarnation, null);
        From = offset;
    }

    public void FillGoOn(PartitionCursor cursor)
    {
        FillError(cursor, cursor.FetchIncarnation, null);
        IsGoOn = true;
    }

    public void FillError(PartitionCursor cursor, int incarnation, Exception? error)
    {
        Cursor = cursor;
        Slot = cursor.Slot;
        Incarnation = incarnation;
        Error = error;
        IsGoOn = false;
        Aborted.Clear();
        _answer = null;
        _references = 1;
        _isHeld = false;
        Records = default;
    }

    /// <summary>Puts it aside for as long as it may take. The reader only.</summary>
    public void PutAside()
    {
        if (_answer is { } answer && Records.Length < answer.Length / 2 && Volatile.Read(ref _references) == 1)
        {
            ReadOnlyMemory<byte> records = Records;
            SharedBuffer copy = new(_session.Buffers, records.Length);
            records.Span.CopyTo(copy.Array);
            Take(copy, records.Length);
            answer.Release();
        }
    }

    public void AddReference() => Interlocked.Increment(ref _references);

    /// <summary>The reader has come to its end. The reader only; its reference goes.</summary>
    public void EndReading()
    {
        if (Volatile.Read(ref _references) > 1)
        {
            _isHeld = true;
            Cursor.AddHeldParts(1);
        }

        Release();
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _references) != 0)
        {
            return;
        }

        PartitionCursor cursor = Cursor;
        cursor.AddBuffered(-Records.Length);
        if (_isHeld)
        {
            cursor.AddHeldParts(-1);
        }

        Records = default;
        FetchedAnswer? answer = _answer;
        _answer = null;
        answer?.Release();
        _session.Returned(this);
    }

    private void CopyOut(FetchedAnswer answer, int offset, int length)
    {
        SharedBuffer copy = new(_session.Buffers, length);
        answer.Array.AsSpan(offset, length).CopyTo(copy.Array);
        Take(copy, length);
    }

    private void Take(SharedBuffer buffer, int length)
    {
        _answer = new FetchedAnswer(_session, buffer, 0, length);
        Records = buffer.Array.AsMemory(0, length);
    }
}
