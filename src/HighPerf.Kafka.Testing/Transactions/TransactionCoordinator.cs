using HighPerf.Kafka.Testing.Cluster;

namespace HighPerf.Kafka.Testing.Transactions;

/// <summary>
/// What the coordinators of all transactional ids do. There is one for the cluster: which broker may answer for an id is the coordinator table's to say, and
/// what is known of it survives every move. Owner: the cluster's loop.
/// </summary>
internal sealed class TransactionCoordinator
{
    /// <summary>From this level of the feature on the epoch is raised with every end of a transaction (KIP-890).</summary>
    private const short EpochBumpLevel = 2;

    private readonly TransactionTimeouts _timeouts;

    public TransactionCoordinator(EmbeddedCluster cluster)
    {
        Cluster = cluster;
        MarkerDelay = cluster.Options.TransactionMarkerDelay;
        Registry = new TransactionRegistry(cluster);
        cluster.Coordinators.AddListener(Registry);
        long intervalMs = cluster.Configs.GetNumber("transaction.abort.timed.out.transaction.cleanup.interval.ms");
        _timeouts = new TransactionTimeouts(cluster.Loop, TimeSpan.FromMilliseconds(intervalMs), AbortTimedOut);
    }

    public EmbeddedCluster Cluster { get; }

    public TransactionRegistry Registry { get; }

    public OffsetEpochs OffsetEpochs { get; } = new();

    /// <summary>How long after the end of a transaction its markers are written.</summary>
    public TimeSpan MarkerDelay { get; set; }

    private bool BumpsEpochs => Cluster.Features.Find("transaction.version")?.Level >= EpochBumpLevel;

    /// <summary>Gives a transactional id a producer, whose predecessors can do nothing more. What they left open is aborted first.</summary>
    /// <param name="expected">What the producer knows of itself when it goes on after an error.</param>
    public ErrorCode Initialize(int brokerId, string id, int timeoutMs, ProducerIdentity? expected, out ProducerIdentity producer)
    {
        producer = ProducerIdentity.None;
        if (id.Length == 0)
        {
            return ErrorCode.InvalidRequest;
        }

        if (timeoutMs <= 0 || timeoutMs > Cluster.Configs.GetNumber("transaction.max.timeout.ms"))
        {
            return ErrorCode.InvalidTransactionTimeout;
        }

        ErrorCode error = Cluster.Coordinators.Check(CoordinatorKind.Transaction, id, brokerId);
        if (error != ErrorCode.None)
        {
            return error;
        }

        Transaction transaction = Registry.Find(id) ?? Registry.Add(id, Cluster.NextProducerId(), timeoutMs);
        if (transaction.IsPreparing)
        {
            return ErrorCode.ConcurrentTransactions;
        }

        if (expected is { } known && !transaction.IsKnown(known))
        {
            return ErrorCode.ProducerFenced;
        }

        if (transaction.Status == TransactionStatus.Ongoing)
        {
            AbortByItself(transaction);
            return ErrorCode.ConcurrentTransactions;
        }

        error = transaction.Initialize(expected, timeoutMs, Cluster.NowMs, Cluster.NextProducerId);
        producer = error == ErrorCode.None ? transaction.Producer : ProducerIdentity.None;
        return error;
    }

    /// <summary>Adds partitions to the producer's transaction, which begins with the first.</summary>
    public ErrorCode AddPartitions(int brokerId, string id, ProducerIdentity producer, IReadOnlyList<TransactionPartition> partitions)
    {
        ErrorCode error = Find(brokerId, id, out Transaction? transaction);
        if (error != ErrorCode.None)
        {
            return error;
        }

        if (transaction!.IsPreparing)
        {
            // First of all: the producer may know itself by the identity that it gets when the markers are written.
            return ErrorCode.ConcurrentTransactions;
        }

        if (transaction.Producer.Id != producer.Id)
        {
            return ErrorCode.InvalidProducerIdMapping;
        }

        if (transaction.Producer.Epoch != producer.Epoch)
        {
            return ErrorCode.ProducerFenced;
        }

        if (transaction.Status != TransactionStatus.Ongoing || partitions.Any(partition => !transaction.Partitions.Contains(partition)))
        {
            transaction.AddPartitions(partitions, Cluster.NowMs);
            _timeouts.Require();
        }

        return ErrorCode.None;
    }

    /// <summary>Whether a partition takes part in the producer's transaction, asked by who is to write there (KIP-890).</summary>
    public ErrorCode Verify(int brokerId, string id, ProducerIdentity producer, TransactionPartition partition)
    {
        ErrorCode error = Find(brokerId, id, out Transaction? transaction);
        if (error != ErrorCode.None)
        {
            return error;
        }

        if (transaction!.Producer.Id != producer.Id)
        {
            return ErrorCode.InvalidProducerIdMapping;
        }

        if (transaction.Producer.Epoch != producer.Epoch)
        {
            return ErrorCode.ProducerFenced;
        }

        if (transaction.IsPreparing)
        {
            return ErrorCode.ConcurrentTransactions;
        }

        return transaction.Partitions.Contains(partition) ? ErrorCode.None : ErrorCode.TransactionAbortable;
    }

    /// <summary>Ends the producer's transaction. Its markers follow after the answer.</summary>
    /// <param name="bumpEpoch">Whether the producer goes on with <paramref name="next"/>, a higher epoch or a new id (transactions v2).</param>
    public ErrorCode End(int brokerId, string id, ProducerIdentity producer, bool commit, bool bumpEpoch, out ProducerIdentity next)
    {
        next = ProducerIdentity.None;
        ErrorCode error = Find(brokerId, id, out Transaction? transaction);
        if (error != ErrorCode.None)
        {
            return error;
        }

        ErrorCode? verdict = bumpEpoch
            ? TransactionEndRules.JudgeWithBump(transaction!, producer, commit)
            : TransactionEndRules.Judge(transaction!, producer, commit);
        if (verdict is { } told)
        {
            next = told == ErrorCode.None && bumpEpoch ? transaction!.Producer : ProducerIdentity.None;
            return told;
        }

        Prepare(transaction!, commit, bumpEpoch);
        next = bumpEpoch ? transaction!.NextProducer : ProducerIdentity.None;
        return ErrorCode.None;
    }

    /// <summary>The broker that coordinates an id, when there is one and it is ready.</summary>
    public ErrorCode FindCoordinator(string id, out int brokerId)
    {
        EmbeddedBroker? broker = Cluster.Coordinators.Find(CoordinatorKind.Transaction, id);
        brokerId = broker?.NodeId ?? -1;
        return broker is null ? ErrorCode.CoordinatorNotAvailable : Cluster.Coordinators.Check(CoordinatorKind.Transaction, id, broker.NodeId);
    }

    /// <summary>Nothing more is due.</summary>
    public void Stop()
    {
        Cluster.Loop.Disarm(_timeouts);
        foreach (Transaction transaction in Registry.All)
        {
            Cluster.Loop.Disarm(transaction.MarkersFor(this));
        }
    }

    private ErrorCode Find(int brokerId, string id, out Transaction? transaction)
    {
        transaction = null;
        if (id.Length == 0)
        {
            return ErrorCode.InvalidRequest;
        }

        ErrorCode error = Cluster.Coordinators.Check(CoordinatorKind.Transaction, id, brokerId);
        if (error != ErrorCode.None)
        {
            return error;
        }

        transaction = Registry.Find(id);
        return transaction is null ? ErrorCode.InvalidProducerIdMapping : ErrorCode.None;
    }

    private bool AbortTimedOut()
    {
        bool open = false;
        foreach (Transaction transaction in Registry.All)
        {
            if (transaction.Status != TransactionStatus.Ongoing)
            {
                continue;
            }

            if (transaction.StartMs + transaction.TimeoutMs < Cluster.NowMs && FindCoordinator(transaction.Id, out _) == ErrorCode.None)
            {
                Cluster.Log.Write($"transaction {transaction.Id} is aborted: it was open for more than {transaction.TimeoutMs} ms");
                AbortByItself(transaction);
            }
            else
            {
                open = true;
            }
        }

        return open;
    }

    /// <summary>Aborts without the producer, which is fenced by that.</summary>
    private void AbortByItself(Transaction transaction)
    {
        bool bumpEpoch = BumpsEpochs;
        if (!bumpEpoch)
        {
            transaction.Fence();
        }

        Prepare(transaction, commit: false, bumpEpoch);
    }

    private void Prepare(Transaction transaction, bool commit, bool bumpEpoch)
    {
        transaction.Prepare(commit, bumpEpoch, Cluster.NowMs, Cluster.NextProducerId);
        transaction.MarkersFor(this).Begin();
    }
}
