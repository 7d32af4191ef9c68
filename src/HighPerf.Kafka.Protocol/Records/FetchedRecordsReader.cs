using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression;

namespace HighPerf.Kafka.Protocol.Records;

/// <summary>
/// What a consumer delivers from the records that Fetch answered for one partition: batches with data, without what lies below the position that was asked
/// for (rule F1), without control batches (F4) and without aborted transactions under read_committed (F3), each with its checksum verified (F14).
/// Reusable and without I/O; owned by whoever reads the partition, not thread-safe. Does not own the bytes.
/// </summary>
internal sealed class FetchedRecordsReader
{
    private readonly AbortedTransactionFilter _filter = new();
    private readonly CompressionCodecs _codecs;
    private ReadOnlyMemory<byte> _records;
    private int _position;
    private long _firstOffset;
    private bool _readCommitted;
    private bool _verifyChecksums;

    /// <param name="codecs">For control batches only, should one ever be compressed.</param>
    public FetchedRecordsReader(CompressionCodecs codecs) => _codecs = codecs;

    /// <summary>
    /// The position behind everything read so far: behind the last batch that <see cref="TryReadBatch"/> gave or passed over. Empty and hidden batches
    /// advance
    /// it (F4). When a batch is damaged it stays before that batch.
    /// </summary>
    public long NextFetchOffset { get; private set; }

    /// <summary>Bytes that are not read yet; at the end those of a last batch that was cut short (F2), to be fetched again.</summary>
    public int RemainingBytes => _records.Length - _position;

    /// <summary>Begins with the answer for one partition.</summary>
    /// <param name="records">The buffer; must stay as it is while batches of it are in use.</param>
    /// <param name="fetchOffset">The position that was asked for.</param>
    /// <param name="readCommitted">Whether aborted transactions are left out.</param>
    /// <param name="aborted">As the answer lists them; may be in any order.</param>
    public void Reset(ReadOnlyMemory<byte> records, long fetchOffset, bool readCommitted, ReadOnlySpan<AbortedTransaction> aborted, bool verifyChecksums = true)
    {
        _records = records;
        _position = 0;
        _firstOffset = fetchOffset;
        _readCommitted = readCommitted;
        _verifyChecksums = verifyChecksums;
        NextFetchOffset = fetchOffset;
        _filter.Reset(readCommitted ? aborted : default);
    }

    /// <summary>Goes to the next batch that has records for the application; false when the buffer has no more.</summary>
    /// <exception cref="KafkaProtocolException">The next batch is malformed or damaged.</exception>
    public bool TryReadBatch(out FetchedBatch batch)
    {
        RecordBatchReader reader = new(_records.Span[_position..]);
        int begin = _position;
        while (reader.TryRead(out RecordBatchView view))
        {
            RecordBatchHeader header = view.Header;
            if (_verifyChecksums)
            {
                view.EnsureChecksum();
            }

            bool isHidden = IsHidden(view);
            _position = begin + reader.Position;
            NextFetchOffset = Math.Max(NextFetchOffset, header.LastOffset + 1);
            if (!isHidden && header.LastOffset >= _firstOffset && header.RecordCount != 0)
            {
                batch = new FetchedBatch(header, _records.Slice(begin + view.Position, view.Bytes.Length), _firstOffset);
                return true;
            }
        }

        batch = default;
        return false;
    }

    private bool IsHidden(scoped in RecordBatchView batch)
    {
        RecordBatchHeader header = batch.Header;
        if (!_readCommitted)
        {
            return header.IsControl;
        }

        _filter.Reach(header.LastOffset);
        if (header.IsControl)
        {
            if (header.HasProducerId && IsAbortMarker(batch))
            {
                _filter.End(header.ProducerId);
            }

            return true;
        }

        return _filter.IsAborted(header);
    }

    private bool IsAbortMarker(scoped in RecordBatchView batch)
    {
        if (batch.Header.Compression == CompressionType.None)
        {
            return StartsWithAbort(new RecordEnumerator(batch.Payload, batch.Header, long.MinValue));
        }

        using PooledBuffer scratch = new(new BufferPool(mostIdleBytes: 0));
        return StartsWithAbort(batch.GetRecords(_codecs, scratch));
    }

    private static bool StartsWithAbort(RecordEnumerator records) =>
        records.MoveNext() && ControlRecord.Read(records.Current).Type == ControlRecordType.Abort;
}
