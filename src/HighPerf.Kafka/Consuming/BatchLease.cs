using HighPerf.Kafka.Consuming.Committing;
using HighPerf.Kafka.Consuming.Fetching;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression;
using HighPerf.Kafka.Protocol.Records;

namespace HighPerf.Kafka.Consuming;

/// <summary>
/// What a handed-out batch holds: its bytes, decompressed ones in a buffer of its own, one reference to what they were received in, and its place among
/// what is in processing. Reused; the version tells a batch that was disposed from the one that has the lease now. Owner: whoever was given the batch;
/// after it was disposed, the reader.
/// </summary>
internal sealed class BatchLease
{
    private readonly ConsumerSession _session;
    private readonly PooledBuffer _scratch;
    private FetchedPartition? _fetched;
    private FetchedBatch _batch;
    private PartitionCursor _cursor = null!;
    private long _offsetShift; // of messages that an old one wraps
    private bool _isPlain; // of format 2 and not compressed: then what every record asks for stands ready below
    private ReadOnlyMemory<byte> _plain;
    private RecordBatchHeader _header;
    private long _firstOffset;
    private bool _isDelivered; // it has entered its partition's gate, and did not leave it
    private bool _isStored; // its end was stored by its user
    private Watermark? _window;
    private long _ticket;
    private int _decompressed; // bytes that count as held
    private int _version; // interlocked

    public BatchLease(ConsumerSession session)
    {
        _session = session;
        _scratch = new PooledBuffer(session.Buffers);
    }

    public int Version => Volatile.Read(ref _version);

    public PartitionCursor Cursor => _cursor;

    /// <summary>Where its end is stored; null without a group.</summary>
    public CursorSlot? Slot { get; private set; }

    public FetchedBatch Batch => _batch;

    /// <summary>The first offset of the batch that the position allowed.</summary>
    public long FirstOffset => Math.Max(_batch.FirstOffset, _batch.Header.BaseOffset);

    /// <summary>Behind what was delivered of it. Owner: the reader.</summary>
    public long EndOffset { get; set; }

    /// <summary>The next in <see cref="LeaseReturns"/>. Owner: that list.</summary>
    public BatchLease? NextReturned { get; set; }

    /// <summary>Takes a batch, and decompresses it now: corrupt data is found before the caller sees any of it. The reader.</summary>
    public void Open(FetchedPartition fetched, in FetchedBatch batch)
    {
        fetched.AddReference();
        _fetched = fetched;
        _cursor = fetched.Cursor;
        Slot = fetched.Slot;
        _batch = batch;
        _isPlain = !batch.IsCompressed && batch.Header.Magic >= 2;
        if (_isPlain)
        {
            _plain = batch.Bytes[RecordBatchHeader.Size..];
            _header = batch.Header;
            _firstOffset = batch.FirstOffset;
        }
        else if (batch.IsCompressed)
        {
            try
            {
                _offsetShift = batch.GetRecords(_session.Codecs, _scratch).OffsetShift;
                _decompressed = _scratch.Length;
                _session.Hold(_decompressed);
            }
            catch
            {
                Close(Version);
                throw;
            }
        }
    }

    /// <summary>Counts as in processing from now on. False: its partition is being given up; close it. The reader.</summary>
    public bool TryDeliver()
    {
        if (!_cursor.Gate.TryEnter())
        {
            return false;
        }

        _isDelivered = true;
        EndOffset = _batch.NextOffset;
        if (_session.StoresOnNext)
        {
            _window = _cursor.ProcessedOf(Slot);
            _ticket = _window.Begin();
        }

        return true;
    }

    /// <summary>Its records up to an offset are processed, and everything before it is: then that can be stored. The reader.</summary>
    public void ProcessedUpTo(long offset)
    {
        EndOffset = offset;
        if (_window is not null && _window == _cursor.Processed && _window.IsOldest(_ticket))
        {
            Slot?.Store(offset);
        }
    }

    /// <summary>Its user stores its end: when it is disposed, nothing of it is in processing any more, whether the next is asked for or not.</summary>
    public StoreResult StoreEnd()
    {
        _isStored = true;
        return _session.Store(_cursor, Slot, _batch.NextOffset);
    }

    /// <summary>The next was asked for after it was disposed: it is processed. The reader.</summary>
    public void Settle()
    {
        if (_window is { } window)
        {
            _window = null;
            if (window.End(_ticket, EndOffset) && window == _cursor.Processed)
            {
                Slot?.Store(window.Mark);
            }
        }

        Leave();
        _session.Returned(this);
    }

    public RecordEnumerator GetRecords(int version)
    {
        ObjectDisposedException.ThrowIf(version != Version, this);
        if (_isPlain)
        {
            return new RecordEnumerator(_plain.Span, _header, _firstOffset);
        }

        if (!_batch.IsCompressed)
        {
            return _batch.GetRecords(_session.Codecs, _scratch);
        }

        return _batch.Header.Magic >= 2
            ? new RecordEnumerator(_scratch.WrittenSpan, _batch.Header, _batch.FirstOffset)
            : new RecordEnumerator(_scratch.WrittenSpan, _batch.Header, _offsetShift, _batch.FirstOffset);
    }

    /// <summary>Ends the lease if it is still this version's.</summary>
    public void Close(int version)
    {
        if (Interlocked.CompareExchange(ref _version, version + 1, version) != version)
        {
            return;
        }

        FetchedPartition fetched = _fetched!;
        _fetched = null;
        _plain = default;
        _scratch.Dispose();
        if (_decompressed != 0)
        {
            _session.GiveBack(_decompressed);
            _decompressed = 0;
        }

        fetched.Release();
        if (_window is null || _isStored)
        {
            Leave();
        }

        _isStored = false;
        if (_window is null)
        {
            _session.Returned(this);
        }
        else
        {
            _session.Returns.Push(this); // the reader settles it when it asks for more
        }
    }

    private void Leave()
    {
        if (_isDelivered)
        {
            _isDelivered = false;
            if (_cursor.Gate.Leave())
            {
                _session.Drained(_cursor);
            }
        }
    }
}
