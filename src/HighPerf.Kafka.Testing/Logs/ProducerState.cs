using HighPerf.Kafka.Protocol.Records;

namespace HighPerf.Kafka.Testing.Logs;

/// <summary>
/// What one partition knows of one producer: its epoch, its last five batches (the window in which a repeated batch is recognised) and its open transaction.
/// Owner: the cluster's loop.
/// </summary>
internal sealed class ProducerState
{
    private const int Window = 5;
    private const long None = -1;

    private readonly AppendedBatch[] _batches = new AppendedBatch[Window];
    private int _count;
    private int _next;

    public ProducerState(long id, short epoch)
    {
        Id = id;
        Epoch = epoch;
    }

    public long Id { get; }

    public short Epoch { get; private set; }

    /// <summary>-1: no batch of this epoch is known, only a marker.</summary>
    public int LastSequence => _count == 0 ? -1 : Newest.LastSequence;

    /// <summary>The largest timestamp of the last batch, or the time of the last marker.</summary>
    public long LastTimestamp { get; private set; }

    /// <summary>Of the coordinator that wrote the last marker; -1: there was none.</summary>
    public int CoordinatorEpoch { get; private set; } = -1;

    /// <summary>Where the open transaction begins; -1: none is open.</summary>
    public long TransactionStart { get; private set; } = None;

    public bool IsInTransaction => TransactionStart != None;

    /// <summary>The base offset of the last batch; -1: none is known.</summary>
    public long LastBatchOffset => _count == 0 ? -1 : Newest.BaseOffset;

    private AppendedBatch Newest => _batches[(_next + Window - 1) % Window];

    /// <summary>Takes note of a batch; true when it begins a transaction.</summary>
    public bool Add(in RecordBatchHeader header, in AppendedBatch batch, long timestamp)
    {
        SetEpoch(header.ProducerEpoch);
        _batches[_next] = batch;
        _next = (_next + 1) % Window;
        _count = Math.Min(_count + 1, Window);
        LastTimestamp = timestamp;
        if (!header.IsTransactional || IsInTransaction)
        {
            return false;
        }

        TransactionStart = batch.BaseOffset;
        return true;
    }

    /// <summary>Takes note of a marker, which ends the open transaction.</summary>
    public void End(short epoch, int coordinatorEpoch, long timestamp)
    {
        SetEpoch(epoch);
        CoordinatorEpoch = coordinatorEpoch;
        LastTimestamp = timestamp;
        TransactionStart = None;
    }

    /// <summary>The batch with exactly these sequence numbers, when it is one of the last five.</summary>
    public AppendedBatch? Find(int firstSequence, int lastSequence)
    {
        for (int i = 0; i < _count; i++)
        {
            if (_batches[i].FirstSequence == firstSequence && _batches[i].LastSequence == lastSequence)
            {
                return _batches[i];
            }
        }

        return null;
    }

    /// <summary>Batches of another epoch are not remembered.</summary>
    private void SetEpoch(short epoch)
    {
        if (epoch != Epoch)
        {
            Epoch = epoch;
            _count = 0;
            _next = 0;
        }
    }
}
