using HighPerf.Kafka.Protocol.Records;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Logs;

namespace HighPerf.Kafka.Testing.Transactions;

/// <summary>
/// Asks the coordinator whether a partition takes part in a transaction before the transaction's first batch is written there, or adds it (KIP-890). What the
/// coordinator says is told in the codes that the asking client's version knows. Owner: the cluster's loop.
/// </summary>
internal sealed class TransactionVerifier
{
    // Produce and TxnOffsetCommit: from the first of these versions on the client knows TRANSACTION_ABORTABLE, from the second one on it relies on the
    // partition being added by the write.
    private const short FirstAbortableProduce = 11;
    private const short FirstAddingProduce = 12;
    private const short FirstAbortableCommit = 4;
    private const short FirstAddingCommit = 5;

    private readonly EmbeddedCluster _cluster;

    public TransactionVerifier(EmbeddedCluster cluster) => _cluster = cluster;

    /// <summary>Before 3.6 nobody asked, and who forgot to add a partition left a transaction open for ever.</summary>
    private bool IsEnabled => _cluster.Release.IsAtLeast(3, 6) && _cluster.Configs.GetBoolean("transaction.partition.verification.enable");

    /// <summary>Judges the records that a Produce request has for a partition, which need not be well-formed.</summary>
    public ErrorCode CheckProduce(string? id, string topic, Partition partition, ReadOnlySpan<byte> records, short version)
    {
        if (records.Length < RecordBatchHeader.Size || records[RecordBatchHeader.MagicPosition] != 2)
        {
            return ErrorCode.None;
        }

        RecordBatchHeader batch = RecordBatchHeader.Read(records);
        if (!batch.IsTransactional)
        {
            return ErrorCode.None;
        }

        if (id is null)
        {
            return ErrorCode.TransactionalIdAuthorizationFailed;
        }

        bool adds = version >= FirstAddingProduce;
        ProducerStates producers = partition.Producers;
        if (!batch.HasProducerId || !(adds || IsEnabled) || producers.HasOpenTransaction(batch.ProducerId, batch.ProducerEpoch))
        {
            return ErrorCode.None;
        }

        producers.BeginVerification(batch.ProducerId, batch.ProducerEpoch, batch.BaseSequence, adds);
        ErrorCode error = Ask(id, new ProducerIdentity(batch.ProducerId, batch.ProducerEpoch), new TransactionPartition(topic, partition.Index), adds);
        return error switch
        {
            ErrorCode.ProducerFenced => ErrorCode.InvalidProducerEpoch,
            ErrorCode.TransactionAbortable when version < FirstAbortableProduce => ErrorCode.InvalidTxnState,

            // Codes that every producer tries again with.
            ErrorCode.ConcurrentTransactions when !adds => ErrorCode.NotEnoughReplicas,
            ErrorCode.CoordinatorLoadInProgress or ErrorCode.CoordinatorNotAvailable or ErrorCode.NotCoordinator => ErrorCode.NotEnoughReplicas,
            _ => error,
        };
    }

    /// <summary>Judges a commit of a group's offsets within a transaction.</summary>
    public ErrorCode CheckOffsetCommit(string id, string groupId, ProducerIdentity producer, short version)
    {
        bool adds = version >= FirstAddingCommit;
        TransactionPartition target = TransactionPartition.OffsetsOf(groupId);
        OffsetEpochs epochs = _cluster.Transactions.OffsetEpochs;
        if (!adds && !IsEnabled)
        {
            return epochs.IsFenced(target.Index, producer) ? ErrorCode.InvalidProducerEpoch : ErrorCode.None;
        }

        ErrorCode error = Ask(id, producer, target, adds);
        return error switch
        {
            ErrorCode.ProducerFenced => ErrorCode.InvalidProducerEpoch,
            ErrorCode.TransactionAbortable when version < FirstAbortableCommit => ErrorCode.InvalidTxnState,
            _ => error,
        };
    }

    private ErrorCode Ask(string id, ProducerIdentity producer, TransactionPartition partition, bool adds)
    {
        TransactionCoordinator coordinator = _cluster.Transactions;
        ErrorCode error = coordinator.FindCoordinator(id, out int brokerId);
        if (error != ErrorCode.None)
        {
            return error;
        }

        return adds ? coordinator.AddPartitions(brokerId, id, producer, [partition]) : coordinator.Verify(brokerId, id, producer, partition);
    }
}
