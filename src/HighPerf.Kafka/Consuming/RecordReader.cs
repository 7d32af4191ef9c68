using System.Runtime.InteropServices;
using HighPerf.Kafka.Consuming.Fetching;
using HighPerf.Kafka.Protocol.Records;

namespace HighPerf.Kafka.Consuming;

/// <summary>
/// The reading end of a consumer: takes what was fetched in the order of arrival, checks and decompresses it batch by batch on the reader's own thread
/// (so that the bytes are in its
/// cache when it walks them), and moves the positions. Owner: the application's reader; <see cref="Resume"/> and <see cref="DropAll"/> belong to it too.
/// </summary>
internal sealed class RecordReader
{
    private const long NothingDelivered = -1;

    private readonly ConsumerSession _session;
    private readonly FetchedRecordsReader _batches;
    private readonly Queue<FetchedPartition> _resumed = new();
    private readonly List<FetchedPartition> _parked = [];
    private FetchedPartition? _fetched;
    private (int Index, int End) _place;
    private BatchLease? _lease;
    private int _leaseVersion;
    private int _incarnation;
    private long _delivered = NothingDelivered; // behind the last record that was delivered one by one and may still be in processing
    private byte[] _headers = [];

    public RecordReader(ConsumerSession session)
    {
        _session = session;
        _batches = new FetchedRecordsReader(session.Codecs);
    }

    /// <summary>The batch that records are read from one by one. Only while a batch is begun.</summary>
    public BatchLease Lease => _lease!;

    /// <summary>Whether a read may find something.</summary>
    public bool CanRead => _fetched is not null || _resumed.Count > 0 || _session.HasFetched;

    /// <summary>
    /// The application asks for more: what it had is processed, if that is how offsets are stored. Before every read, and before waiting.
    /// </summary>
    public void Ask()
    {
        _session.Asked();
        // First: what is read record by record is stored only when the batches before it are settled.
        if (!_session.Returns.IsEmpty)
        {
            SettleReturned();
        }

        if (_delivered != NothingDelivered)
        {
            _lease!.ProcessedUpTo(_delivered);
            _delivered = NothingDelivered;
        }

        if (_session.HasDuties)
        {
            DoDuties();
        }
    }

    /// <summary>The next batch that is still wanted.</summary>
    public bool TryReadBatch(out BatchLease? lease)
    {
        while (_fetched is not null || TryTakeFetched())
        {
            FetchedPartition fetched = _fetched!;
            if (fetched.IsGoOn)
            {
                Resume(fetched.Cursor);
                Finish();
            }
            else if (!fetched.IsCurrent)
            {
                Finish(); // F6
            }
            else if (!fetched.Cursor.MayDeliver)
            {
                Park();
            }
            else if (TryOpen(fetched, out lease))
            {
                return true;
            }
        }

        lease = null;
        return false;
    }

    /// <summary>Begins to read a batch record by record.</summary>
    public void BeginRecords(BatchLease lease)
    {
        _lease = lease;
        _leaseVersion = _lease.Version;
        _incarnation = _lease.Cursor.Incarnation;
        _place = default;

        // Its records are not delivered yet; the position follows them one by one.
        _lease.Cursor.Position = lease.FirstOffset;
        _lease.EndOffset = lease.FirstOffset;
        _fetched!.From = lease.FirstOffset;
    }

    /// <summary>Whether the position moved, or nothing of the partition may be delivered, since the batch was begun. Only while the batch is held.</summary>
    public bool IsInterrupted => _lease!.Cursor.Incarnation != _incarnation || !_lease.Cursor.MayDeliver;

    /// <summary>A batch was given back in the middle: what follows is read again from the position.</summary>
    public void Reopen()
    {
        if (_fetched is not null)
        {
            Open(_fetched);
        }
    }

    /// <summary>The next record of the batch that was begun. The position moves behind it.</summary>
    public bool TryReadNext(out RecordView record, out ReadOnlyMemory<byte> headers)
    {
        BatchLease lease = _lease!;
        RecordEnumerator records = lease.GetRecords(_leaseVersion);
        records.GoTo(_place);
        try
        {
            if (!records.MoveNext())
            {
                MoveTo(lease.Cursor, lease.Batch.NextOffset);
                lease.EndOffset = lease.Batch.NextOffset;
                lease.Cursor.Progress?.Skip(lease.EndOffset);
                record = default;
                headers = default;
                return false;
            }
        }
        catch (KafkaProtocolException e)
        {
            throw Damaged(lease.Cursor, lease.Cursor.Position, e);
        }

        _place = records.Place;
        record = records.Current;
        MoveTo(lease.Cursor, record.Offset + 1);
        _delivered = record.Offset + 1;
        headers = record.Headers.Count == 0 ? default : KeepHeaders(record);
        return true;
    }

    /// <summary>What was parked of a partition is read next.</summary>
    public void Resume(PartitionCursor cursor)
    {
        for (int i = 0; i < _parked.Count; i++)
        {
            if (_parked[i].Cursor == cursor)
            {
                _resumed.Enqueue(_parked[i]);
                _parked.RemoveAt(i--);
            }
        }
    }

    /// <summary>Gives everything back: the assignment is replaced.</summary>
    public void DropAll()
    {
        if (_fetched is not null)
        {
            Finish();
        }

        _parked.ForEach(static fetched => fetched.Release());
        _parked.Clear();
        while (_resumed.TryDequeue(out FetchedPartition? fetched) || _session.TryTake(out fetched))
        {
            fetched!.Release();
        }
    }

    private bool TryTakeFetched()
    {
        if (!_resumed.TryDequeue(out _fetched) && !_session.TryTake(out _fetched))
        {
            return false;
        }

        Open(_fetched!);
        return true;
    }

    // From what is not delivered yet: an answer that was parked, or reopened, is not delivered twice. Batches before it are walked for the
    // transactions that they end.
    private void Open(FetchedPartition fetched)
    {
        _batches.Reset(
            fetched.Records, fetched.From, _session.Options.IsolationLevel == IsolationLevel.ReadCommitted, CollectionsMarshal.AsSpan(fetched.Aborted),
            _session.Options.CheckCrcs);
    }

    private bool TryOpen(FetchedPartition fetched, out BatchLease? lease)
    {
        lease = null;
        PartitionCursor cursor = fetched.Cursor;
        if (fetched.Error is { } error)
        {
            Finish();
            throw error;
        }

        FetchedBatch? found = null;
        try
        {
            if (!_batches.TryReadBatch(out FetchedBatch next))
            {
                // Hidden and empty batches advance the position too (F4).
                cursor.Position = _batches.NextFetchOffset;
                PassHidden(fetched);
                Finish();
                return false;
            }

            found = next;
            BatchLease opened = _session.RentLease();
            opened.Open(fetched, next);
            if (!opened.TryDeliver())
            {
                opened.Close(opened.Version);
                Park(); // it is given up since this read began
                return false;
            }

            MoveTo(cursor, next.NextOffset);
            lease = opened;
            return true;
        }
        catch (KafkaProtocolException e)
        {
            long before = found is { } damaged ? Math.Max(damaged.Header.BaseOffset, fetched.From) : _batches.NextFetchOffset;
            Finish();
            throw Damaged(cursor, before, e);
        }
    }

    private void MoveTo(PartitionCursor cursor, long offset)
    {
        cursor.Position = offset;
        _fetched!.From = offset;
    }

    // What follows the damage, fetched already or on its way, is not delivered, and nothing is fetched until the application seeks (F14): this
    // incarnation of the partition is over.
    private static KafkaProtocolException Damaged(PartitionCursor cursor, long offset, KafkaProtocolException e)
    {
        cursor.Position = offset;
        cursor.NextIncarnation();
        return new KafkaProtocolException(
            $"The records of {cursor.TopicPartition} cannot be read at offset {offset}: {e.Message} Seek past them to go on.", e);
    }

    private void DoDuties()
    {
        _session.TellReturn();
        if (_session.TryTakePruning())
        {
            Prune();
        }

        if (_session.TryTakeUnparking())
        {
            Unpark();
        }

        _session.ThrowReports();
    }

    private void SettleReturned()
    {
        for (BatchLease? lease = _session.Returns.TakeAll(); lease is not null;)
        {
            BatchLease? next = lease.NextReturned;
            lease.NextReturned = null;
            lease.Settle();
            lease = next;
        }
    }

    // Partitions went away: what is parked of them gives its bytes back.
    private void Prune()
    {
        for (int i = _parked.Count - 1; i >= 0; i--)
        {
            if (!_parked[i].IsCurrent)
            {
                _parked[i].Release();
                _parked.RemoveAt(i);
            }
        }
    }

    private void Unpark()
    {
        for (int i = 0; i < _parked.Count; i++)
        {
            if (_parked[i].Cursor.MayDeliver)
            {
                _resumed.Enqueue(_parked[i]);
                _parked.RemoveAt(i--);
            }
        }
    }

    // Nothing there was delivered, so it is processed when what is before it is (F4, G1).
    private void PassHidden(FetchedPartition fetched)
    {
        PartitionCursor cursor = fetched.Cursor;
        if (cursor.Progress is { } progress)
        {
            progress.Skip(cursor.Position);
        }
        else if (_session.IsProcessing && _session.Options.OffsetStore == OffsetStore.OnNext)
        {
            fetched.Slot?.Store(cursor.Position); // nothing of it was delivered
        }
        else if (_session.StoresOnNext && cursor.ProcessedOf(fetched.Slot).Skip(cursor.Position))
        {
            fetched.Slot?.Store(cursor.Processed.Mark);
        }
    }

    private void Park()
    {
        _fetched!.PutAside();
        _parked.Add(_fetched);
        _fetched = null;
    }

    private void Finish()
    {
        _fetched!.EndReading();
        _fetched = null;
    }

    private ReadOnlyMemory<byte> KeepHeaders(scoped in RecordView record)
    {
        ReadOnlySpan<byte> encoded = record.Headers.Encoded;
        if (_session.IsProcessing)
        {
            return encoded.ToArray(); // the next record is read before this one's handler has ended
        }

        if (_headers.Length < encoded.Length)
        {
            _headers = new byte[Math.Max(encoded.Length, 2 * _headers.Length)];
        }

        encoded.CopyTo(_headers);
        return _headers.AsMemory(0, encoded.Length);
    }
}
