using System.Runtime.InteropServices;
using HighPerf.Kafka.Protocol.Records;

namespace HighPerf.Kafka.Consuming;

/// <summary>
/// The reading end of a consumer: takes what was fetched in the order of arrival, checks and decompresses it batch by batch on the reader's own thread
/// (so that the bytes are in its
/// cache when it walks them), and moves the positions. Owner: the application's reader; <see cref="Resume"/> and <see cref="DropAll"/> belong to it too.
/// </summary>
internal sealed class RecordReader
{
    private readonly ConsumerSession _session;
    private readonly FetchedRecordsReader _batches;
    private readonly Queue<FetchedPartition> _resumed = new();
    private readonly List<FetchedPartition> _parked = [];
    private FetchedPartition? _fetched;
    private (int Index, int End) _place;
    private BatchLease? _lease;
    private int _leaseVersion;
    private int _incarnation;
    private byte[] _headers = [];

    public RecordReader(ConsumerSession session)
    {
        _session = session;
        _batches = new FetchedRecordsReader(session.Codecs);
    }

    /// <summary>Whether a read may find something.</summary>
    public bool CanRead => _fetched is not null || _resumed.Count > 0 || _session.HasFetched;

    /// <summary>The next batch that is still wanted.</summary>
    public bool TryReadBatch(out BatchLease? lease)
    {
        while (_fetched is not null || TryTakeFetched())
        {
            FetchedPartition fetched = _fetched!;
            if (!fetched.IsCurrent)
            {
                Finish(); // F6
            }
            else if (fetched.Cursor.IsPaused)
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
    }

    /// <summary>Whether the position moved, or the partition was paused or went away, since the batch was begun. Only while the batch is held.</summary>
    public bool IsInterrupted => _lease!.Cursor.Incarnation != _incarnation || _lease.Cursor.IsPaused;

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
        if (!records.MoveNext())
        {
            lease.Cursor.Position = lease.Batch.NextOffset;
            record = default;
            headers = default;
            return false;
        }

        _place = records.Place;
        record = records.Current;
        lease.Cursor.Position = record.Offset + 1;
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

    // From the position, when that is inside: an answer that was parked, or reopened, is not delivered twice. Batches before it are walked for the
    // transactions that they end.
    private void Open(FetchedPartition fetched)
    {
        long from = fetched.IsCurrent ? Math.Max(fetched.FetchOffset, fetched.Cursor.Position) : fetched.FetchOffset;
        _batches.Reset(
            fetched.Records, from, _session.Options.IsolationLevel == IsolationLevel.ReadCommitted, CollectionsMarshal.AsSpan(fetched.Aborted),
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

        try
        {
            if (!_batches.TryReadBatch(out FetchedBatch found))
            {
                // Hidden and empty batches advance the position too (F4).
                cursor.Position = _batches.NextFetchOffset;
                Finish();
                return false;
            }

            BatchLease opened = _session.RentLease();
            opened.Open(fetched, found);
            cursor.Position = found.NextOffset;
            lease = opened;
            return true;
        }
        catch (KafkaProtocolException e)
        {
            // What follows the damage is not read; the partition rests until the application seeks (F14).
            _session.Damaged(cursor, fetched.Incarnation);
            Finish();
            throw new KafkaProtocolException(
                $"The records of {cursor.TopicPartition} cannot be read at offset {cursor.Position}: {e.Message} Seek past them to go on.", e);
        }
    }

    private void Park()
    {
        _parked.Add(_fetched!);
        _fetched = null;
    }

    private void Finish()
    {
        _fetched!.Release();
        _fetched = null;
    }

    private ReadOnlyMemory<byte> KeepHeaders(scoped in RecordView record)
    {
        ReadOnlySpan<byte> encoded = record.Headers.Encoded;
        if (_headers.Length < encoded.Length)
        {
            _headers = new byte[Math.Max(encoded.Length, 2 * _headers.Length)];
        }

        encoded.CopyTo(_headers);
        return _headers.AsMemory(0, encoded.Length);
    }
}
