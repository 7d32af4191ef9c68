using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Protocol.Records;

namespace HighPerf.Kafka.Consuming.Fetching;

/// <summary>
/// What one Fetch answer brought of one partition, on its way to the reader: record bytes in the buffer they were received into, or an error that is
/// to be told. Counted: the reader
/// holds it until it is read, and every batch that was handed out until it is disposed; the last one gives the bytes back.
/// </summary>
internal sealed class FetchedPartition
{
    private readonly ConsumerSession _session;
    private SharedBuffer? _buffer;
    private int _references; // any thread, interlocked

    public FetchedPartition(ConsumerSession session) => _session = session;

    public PartitionCursor Cursor { get; private set; } = null!;

    public int Incarnation { get; private set; }

    /// <summary>Where delivery begins: what was asked for, later what the reader has not delivered yet. Owner: the reader.</summary>
    public long From { get; set; }

    public ReadOnlyMemory<byte> Records { get; private set; }

    /// <summary>As the answer lists them. Reused with the object.</summary>
    public List<AbortedTransaction> Aborted { get; } = [];

    /// <summary>Instead of records: what the reader is to be told of this partition.</summary>
    public Exception? Error { get; private set; }

    /// <summary>Whether it is still what its partition wants (F6).</summary>
    public bool IsCurrent => Cursor.Incarnation == Incarnation;

    /// <summary>Takes records. The reference to the buffer is this object's from now on.</summary>
    public void Fill(PartitionCursor cursor, int incarnation, long fetchOffset, SharedBuffer buffer, int offset, int length)
    {
        Cursor = cursor;
        Incarnation = incarnation;
        From = fetchOffset;
        Error = null;
        Aborted.Clear();
        _buffer = buffer;
        _references = 1;
        Records = buffer.Array.AsMemory(offset, length);
        cursor.AddBuffered(length);
    }

    /// <summary>Takes no records: when the reader comes to it, it moves the position there.</summary>
    public void FillPlace(PartitionCursor cursor, int incarnation, long offset)
    {
        FillError(cursor, incarnation, null);
        From = offset;
    }

    public void FillError(PartitionCursor cursor, int incarnation, Exception? error)
    {
        Cursor = cursor;
        Incarnation = incarnation;
        Error = error;
        Aborted.Clear();
        _buffer = null;
        _references = 1;
        Records = default;
    }

    public void AddReference() => Interlocked.Increment(ref _references);

    public void Release()
    {
        if (Interlocked.Decrement(ref _references) != 0)
        {
            return;
        }

        int length = Records.Length;
        Records = default;
        SharedBuffer? buffer = _buffer;
        _buffer = null;
        buffer?.Release();
        PartitionCursor cursor = Cursor;
        cursor.AddBuffered(-length);
        _session.Returned(this, length);
    }
}
