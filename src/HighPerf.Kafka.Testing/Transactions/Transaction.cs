namespace HighPerf.Kafka.Testing.Transactions;

/// <summary>
/// What a coordinator knows of one transactional id: its producer, and its transaction, the current or the last one. Who calls has checked that the step is
/// legal. Owner: the cluster's loop.
/// </summary>
internal sealed class Transaction
{
    private const short NoEpoch = -1;

    private TransactionMarkers? _markers;

    public Transaction(string id, long producerId, int timeoutMs, long nowMs)
    {
        Id = id;
        Producer = new ProducerIdentity(producerId, NoEpoch);
        TimeoutMs = timeoutMs;
        UpdateMs = nowMs;
    }

    public string Id { get; }

    /// <summary>The epoch is -1 until the first producer is initialised.</summary>
    public ProducerIdentity Producer { get; private set; }

    /// <summary>The producer's id before the last step; -1: there was none.</summary>
    public long PreviousProducerId { get; private set; } = -1;

    /// <summary>The epoch before the last one, when its owner may repeat its request; -1 when it may not.</summary>
    public short LastEpoch { get; private set; } = NoEpoch;

    public int TimeoutMs { get; private set; }

    public TransactionStatus Status { get; private set; }

    /// <summary>In the order in which they were added. Those that have their marker are taken out.</summary>
    public List<TransactionPartition> Partitions { get; } = [];

    /// <summary>When the transaction began; -1: none did since the producer was initialised.</summary>
    public long StartMs { get; private set; } = -1;

    public long UpdateMs { get; private set; }

    /// <summary>Whether the decision is made and its markers are not all written.</summary>
    public bool IsPreparing => Status is TransactionStatus.PrepareCommit or TransactionStatus.PrepareAbort;

    /// <summary>Whether the markers, once they are written or being written, are those of a commit.</summary>
    public bool IsCommitted => Status is TransactionStatus.PrepareCommit or TransactionStatus.CompleteCommit;

    public bool IsComplete => Status is TransactionStatus.CompleteCommit or TransactionStatus.CompleteAbort;

    /// <summary>The producer's identity once all markers are written: a new id when the epochs of the old one were used up.</summary>
    public ProducerIdentity NextProducer { get; private set; } = ProducerIdentity.None;

    /// <summary>A new producer, or one that goes on after an error and says so by what it knows of itself.</summary>
    /// <returns>NONE, or why the producer is refused.</returns>
    public ErrorCode Initialize(ProducerIdentity? expected, int timeoutMs, long nowMs, Func<long> newProducerId)
    {
        ProducerIdentity old = Producer;
        if (old.IsExhausted && (expected is null || expected.Value.Epoch == old.Epoch))
        {
            Producer = new ProducerIdentity(newProducerId(), 0);
            LastEpoch = expected is null ? NoEpoch : old.Epoch;
        }
        else if (expected is null || old.Epoch == NoEpoch || expected.Value.Epoch == old.Epoch)
        {
            Producer = old with { Epoch = (short)(old.Epoch + 1) };
            LastEpoch = expected is null ? NoEpoch : old.Epoch;
        }
        else if (expected.Value.Epoch != LastEpoch)
        {
            return ErrorCode.ProducerFenced;
        }

        // Else the request is repeated, and was answered before: nobody else came in between, or the last epoch would be forgotten.
        PreviousProducerId = old.Id;
        Status = TransactionStatus.Empty;
        TimeoutMs = timeoutMs;
        StartMs = -1;
        UpdateMs = nowMs;
        return ErrorCode.None;
    }

    /// <summary>Whether a producer that names itself may be initialised: the current one, or the one before whose epochs were used up.</summary>
    public bool IsKnown(ProducerIdentity expected) =>
        Producer.Epoch == NoEpoch || expected.Id == Producer.Id || (expected.Id == PreviousProducerId && expected.IsExhausted);

    public void AddPartitions(IReadOnlyList<TransactionPartition> partitions, long nowMs)
    {
        if (Status != TransactionStatus.Ongoing)
        {
            StartMs = nowMs;
        }

        foreach (TransactionPartition partition in partitions)
        {
            if (!Partitions.Contains(partition))
            {
                Partitions.Add(partition);
            }
        }

        PreviousProducerId = Producer.Id;
        Status = TransactionStatus.Ongoing;
        UpdateMs = nowMs;
    }

    /// <summary>Nobody who knows the current epoch can do anything any more.</summary>
    public void Fence()
    {
        Producer = Producer with { Epoch = (short)Math.Min(Producer.Epoch + 1, short.MaxValue) };
        LastEpoch = NoEpoch;
    }

    /// <summary>Makes the decision. With <paramref name="bumpEpoch"/> (transactions v2) the producer goes on with the next epoch, or with a new id.</summary>
    public void Prepare(bool commit, bool bumpEpoch, long nowMs, Func<long> newProducerId)
    {
        PreviousProducerId = Producer.Id;
        StartMs = Status == TransactionStatus.Ongoing ? StartMs : nowMs;
        NextProducer = bumpEpoch && Producer.IsExhausted ? new ProducerIdentity(newProducerId(), 0) : Producer;
        if (bumpEpoch)
        {
            LastEpoch = Producer.Epoch;
            Producer = Producer with { Epoch = (short)Math.Min(Producer.Epoch + 1, short.MaxValue) };
            NextProducer = NextProducer.Id == Producer.Id ? Producer : NextProducer;
        }

        Status = commit ? TransactionStatus.PrepareCommit : TransactionStatus.PrepareAbort;
        UpdateMs = nowMs;
    }

    /// <summary>The markers are all written.</summary>
    public void Complete(long nowMs)
    {
        PreviousProducerId = Producer.Id;
        Producer = NextProducer;
        Status = Status == TransactionStatus.PrepareCommit ? TransactionStatus.CompleteCommit : TransactionStatus.CompleteAbort;
        UpdateMs = nowMs;
    }

    /// <summary>What writes this transaction's markers.</summary>
    public TransactionMarkers MarkersFor(TransactionCoordinator coordinator) => _markers ??= new TransactionMarkers(coordinator, this);
}
