namespace HighPerf.Kafka.Testing.Transactions;

/// <summary>What a producer that wants to end its transaction is told at once; null: the transaction ends now.</summary>
internal static class TransactionEndRules
{
    /// <summary>Up to version 4 of EndTxn: the epoch stays, a repeated request is told by the state alone.</summary>
    public static ErrorCode? Judge(Transaction transaction, ProducerIdentity producer, bool commit)
    {
        if (transaction.Producer.Id != producer.Id)
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

        if (transaction.Status == TransactionStatus.Ongoing)
        {
            return null;
        }

        return transaction.IsComplete && transaction.IsCommitted == commit ? ErrorCode.None : ErrorCode.InvalidTxnState;
    }

    /// <summary>
    /// From version 5 on (KIP-890): every end raises the epoch, so that a repeated request is told by the epoch before. An abort may come without a
    /// transaction: the producer's first write may have been lost.
    /// </summary>
    public static ErrorCode? JudgeWithBump(Transaction transaction, ProducerIdentity producer, bool commit)
    {
        if (transaction.IsPreparing)
        {
            // First of all: the producer may know itself by the identity that it gets when the markers are written.
            return ErrorCode.ConcurrentTransactions;
        }

        ProducerIdentity current = transaction.Producer;
        bool hasNewId = transaction.PreviousProducerId == producer.Id && producer.Epoch == short.MaxValue - 1 && current.Epoch == 0;
        bool isRepeated = hasNewId || current.Epoch == producer.Epoch + 1;
        if (current.Id != producer.Id && !hasNewId)
        {
            return ErrorCode.InvalidProducerIdMapping;
        }

        if (current.Epoch != producer.Epoch && !(transaction.IsComplete && isRepeated))
        {
            return ErrorCode.ProducerFenced;
        }

        if (transaction.Status == TransactionStatus.Ongoing)
        {
            return null;
        }

        if (transaction.IsComplete && isRepeated)
        {
            return transaction.IsCommitted == commit ? ErrorCode.None : ErrorCode.InvalidTxnState;
        }

        return commit ? ErrorCode.InvalidTxnState : null;
    }
}
