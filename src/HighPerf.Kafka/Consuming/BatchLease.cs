using HighPerf.Kafka.Consuming.Fetching;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression;
using HighPerf.Kafka.Protocol.Records;

namespace HighPerf.Kafka.Consuming;

/// <summary>
/// What a handed-out batch holds: its bytes, decompressed ones in a buffer of its own, and one reference to what they were received in. Reused; the
/// version tells a
/// batch that was disposed from the one that has the lease now. Owner: whoever was given the batch.
/// </summary>
internal sealed class BatchLease
{
    private readonly ConsumerSession _session;
    private readonly PooledBuffer _scratch;
    private FetchedPartition? _fetched;
    private FetchedBatch _batch;
    private long _offsetShift; // of messages that an old one wraps
    private int _decompressed; // bytes that count as held
    private int _version; // interlocked

    public BatchLease(ConsumerSession session)
    {
        _session = session;
        _scratch = new PooledBuffer(session.Buffers);
    }

    public int Version => Volatile.Read(ref _version);

    public PartitionCursor Cursor => _fetched!.Cursor;

    public FetchedBatch Batch => _batch;

    /// <summary>The first offset of the batch that the position allowed.</summary>
    public long FirstOffset => Math.Max(_batch.FirstOffset, _batch.Header.BaseOffset);

    /// <summary>Takes a batch, and decompresses it now: corrupt data is found before the caller sees any of it.</summary>
    public void Open(FetchedPartition fetched, in FetchedBatch batch)
    {
        fetched.AddReference();
        _fetched = fetched;
        _batch = batch;
        if (batch.IsCompressed)
        {
            try
            {
                _offsetShift = batch.GetRecords(_session.Codecs, _scratch).OffsetShift;
                _decompressed = _scratch.Capacity;
                _session.Hold(_decompressed);
            }
            catch
            {
                Close(Version);
                throw;
            }
        }
    }

    public RecordEnumerator GetRecords(int version)
    {
        ObjectDisposedException.ThrowIf(version != Version, this);
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
        _batch = default;
        _scratch.Dispose();
        if (_decompressed != 0)
        {
            _session.GiveBack(_decompressed);
            _decompressed = 0;
        }

        _session.Returned(this);
        fetched.Release();
    }
}
