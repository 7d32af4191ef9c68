using System.Text;
using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Compression;
using HighPerf.Kafka.Protocol.Records;

namespace HighPerf.Kafka.Testing.Logs;

/// <summary>
/// One run of the cleaner over one log. Of each key the last record stays; a tombstone stays for a while after the first run that saw it (its batch then says
/// until when); offsets stay as they were, so gaps come about. Records of aborted transactions go, markers stay. A batch that lost all its records goes, but
/// for the last one of each producer and the last one of the log, which stay empty. Owner: the cluster's loop.
/// </summary>
internal sealed class LogCompactor : IDisposable
{
    private readonly PartitionLog _log;
    private readonly CompressionCodecs _codecs;
    private readonly PooledBuffer _records;
    private readonly PooledBuffer _plain;
    private readonly PooledBuffer _packed;
    private readonly RecordBatchWriter _writer;
    private readonly long _limit;
    private readonly long _nowMs;
    private readonly long _deleteHorizonMs;

    /// <summary>The offset of the last record of each key below the limit.</summary>
    private readonly Dictionary<string, long> _last = new(StringComparer.Ordinal);

    /// <summary>The base offset of the last batch of each producer, with which its sequence numbers would be lost.</summary>
    private readonly Dictionary<long, long> _lastOfProducers = [];

    /// <summary>Base offsets of batches whose transaction was aborted.</summary>
    private readonly HashSet<long> _aborted = [];

    private readonly List<LogSegment> _target = [];

    /// <param name="limit">What stands from this offset on is left alone: open transactions, what is not on all replicas.</param>
    /// <param name="deleteRetentionMs">How long tombstones stay after this run.</param>
    public LogCompactor(PartitionLog log, long limit, long nowMs, long deleteRetentionMs, BufferPool pool, CompressionCodecs codecs)
    {
        _log = log;
        _codecs = codecs;
        _limit = limit;
        _nowMs = nowMs;
        _deleteHorizonMs = deleteRetentionMs > long.MaxValue - nowMs ? long.MaxValue : nowMs + deleteRetentionMs;
        _records = new PooledBuffer(pool);
        _plain = new PooledBuffer(pool);
        _packed = new PooledBuffer(pool);
        _writer = new RecordBatchWriter(_plain);
    }

    public void Dispose()
    {
        _records.Dispose();
        _plain.Dispose();
        _packed.Dispose();
    }

    /// <summary>Cleans, and gives the log its new segments.</summary>
    /// <exception cref="KafkaProtocolException">A batch holds no records that can be read; the log is as it was.</exception>
    public void Run()
    {
        FindAborted();
        FindLast();
        foreach (LogSegment segment in _log.Segments)
        {
            foreach (StoredBatch batch in segment.Batches)
            {
                ReadOnlySpan<byte> bytes = segment.Bytes.AsSpan(batch.Position, batch.Length);
                if (batch.LastOffset < _limit)
                {
                    Clean(batch, bytes);
                }
                else
                {
                    Store(batch, bytes);
                }
            }
        }

        _log.Replace(_target);
    }

    private void FindAborted()
    {
        Dictionary<long, List<long>> open = [];
        foreach (LogSegment segment in _log.Segments)
        {
            foreach (StoredBatch batch in segment.Batches)
            {
                RecordBatchView view = View(batch, segment.Bytes.AsSpan(batch.Position, batch.Length));
                if (!view.Header.HasProducerId)
                {
                    continue;
                }

                if (!view.Header.IsControl)
                {
                    _lastOfProducers[view.Header.ProducerId] = batch.BaseOffset;
                }

                if (!view.Header.IsTransactional)
                {
                    continue;
                }

                if (!open.TryGetValue(view.Header.ProducerId, out List<long>? batches))
                {
                    batches = [];
                    open.Add(view.Header.ProducerId, batches);
                }

                if (!view.Header.IsControl)
                {
                    batches.Add(batch.BaseOffset);
                }
                else if (EndsTransaction(view, out bool aborts))
                {
                    _aborted.UnionWith(aborts ? batches : []);
                    batches.Clear();
                }
            }
        }
    }

    private bool EndsTransaction(in RecordBatchView batch, out bool aborts)
    {
        aborts = false;
        foreach (RecordView record in batch.GetRecords(_codecs, _records))
        {
            ControlRecordType type = ControlRecord.Read(record).Type;
            aborts = type == ControlRecordType.Abort;
            return aborts || type == ControlRecordType.Commit;
        }

        return false;
    }

    private void FindLast()
    {
        foreach (LogSegment segment in _log.Segments)
        {
            foreach (StoredBatch batch in segment.Batches)
            {
                RecordBatchView view = View(batch, segment.Bytes.AsSpan(batch.Position, batch.Length));
                if (batch.LastOffset >= _limit || view.Header.IsControl || _aborted.Contains(batch.BaseOffset))
                {
                    continue;
                }

                foreach (RecordView record in view.GetRecords(_codecs, _records))
                {
                    if (!record.IsKeyNull)
                    {
                        _last[Encoding.Latin1.GetString(record.Key)] = record.Offset;
                    }
                }
            }
        }
    }

    private void Clean(in StoredBatch batch, ReadOnlySpan<byte> bytes)
    {
        RecordBatchView view = View(batch, bytes);
        if (view.Header.IsControl)
        {
            Store(batch, bytes);
            return;
        }

        bool isAborted = _aborted.Contains(batch.BaseOffset);
        int kept = 0;
        bool hasTombstones = false;
        foreach (RecordView record in view.GetRecords(_codecs, _records))
        {
            if (Stays(record, view.Header, isAborted))
            {
                kept++;
                hasTombstones |= record.IsValueNull;
            }
        }

        bool setsHorizon = hasTombstones && !view.Header.HasDeleteHorizon;
        if (kept == view.Header.RecordCount && !setsHorizon)
        {
            Store(batch, bytes);
        }
        else if (kept > 0)
        {
            Rewrite(batch, view, isAborted, setsHorizon);
        }
        else if (batch.LastOffset + 1 == _log.EndOffset
            || (view.Header.HasProducerId && _lastOfProducers[view.Header.ProducerId] == batch.BaseOffset))
        {
            RewriteEmpty(batch, view.Header);
        }
    }

    private bool Stays(in RecordView record, in RecordBatchHeader header, bool isAborted)
    {
        // A record without a key has no place in a compacted log.
        if (isAborted || record.IsKeyNull || _last[Encoding.Latin1.GetString(record.Key)] != record.Offset)
        {
            return false;
        }

        return !record.IsValueNull || !header.HasDeleteHorizon || header.BaseTimestamp > _nowMs;
    }

    private void Rewrite(in StoredBatch batch, in RecordBatchView view, bool isAborted, bool setsHorizon)
    {
        bool hasHorizon = setsHorizon || view.Header.HasDeleteHorizon;
        _plain.Reset();
        if (hasHorizon)
        {
            _writer.Begin(setsHorizon ? _deleteHorizonMs : view.Header.BaseTimestamp);
        }
        else
        {
            _writer.Begin();
        }

        foreach (RecordView record in view.GetRecords(_codecs, _records))
        {
            if (Stays(record, view.Header, isAborted))
            {
                int delta = (int)(record.Offset - batch.BaseOffset);
                _writer.AppendAt(delta, record.Timestamp, record.NullableKey, record.NullableValue, record.Headers);
            }
        }

        _writer.ExtendTo(view.Header.LastOffsetDelta);
        short attributes = view.Header.Attributes;
        if (hasHorizon)
        {
            attributes |= RecordBatchHeader.DeleteHorizonFlag;
        }

        SealedRecordBatch cleaned = Seal(view.Header.Compression);
        RecordBatchHeader header = cleaned.Stamp(view.Header with { Attributes = attributes });
        Store(batch with { MaxTimestamp = header.MaxTimestamp }, cleaned.Bytes);
    }

    private void RewriteEmpty(in StoredBatch batch, in RecordBatchHeader original)
    {
        _plain.Reset();
        _writer.Begin();
        _writer.ExtendTo(original.LastOffsetDelta);
        SealedRecordBatch cleaned = _writer.Seal();
        RecordBatchHeader header = cleaned.Stamp(original with { Attributes = (short)(original.Attributes & ~RecordBatchHeader.DeleteHorizonFlag) });
        header = header with { MaxTimestamp = original.MaxTimestamp };
        header.WriteChecksummed(_plain.MutableSpan, cleaned.Records.PayloadCrc);
        Store(batch, cleaned.Bytes);
    }

    private SealedRecordBatch Seal(CompressionType compression)
    {
        if (compression == CompressionType.None)
        {
            return _writer.Seal();
        }

        _packed.Reset();
        CompressionCodec codec = _codecs.Get(compression);
        return _writer.Seal(codec, codec.DefaultLevel, _packed);
    }

    private void Store(in StoredBatch batch, ReadOnlySpan<byte> bytes)
    {
        LogSegment? segment = _target.Count == 0 ? null : _target[^1];
        if (segment is null || segment.Free < bytes.Length)
        {
            segment = _log.Pool.Rent(Math.Max(PartitionLog.CapacityAfter(segment), bytes.Length), segment?.EndPosition ?? 0);
            _target.Add(segment);
        }

        bytes.CopyTo(segment.Reserve(bytes.Length));
        segment.Commit(batch with { Position = segment.Length, Length = bytes.Length });
    }

    private static RecordBatchView View(in StoredBatch batch, ReadOnlySpan<byte> bytes) => new(RecordBatchHeader.Read(bytes), bytes, batch.Position);
}
