using HighPerf.Kafka.Testing.Cluster;

namespace HighPerf.Kafka.Testing.Transactions;

/// <summary>All transactional ids of the cluster, and how often the coordinator of each slot has changed. Owner: the cluster's loop.</summary>
internal sealed class TransactionRegistry : ICoordinatorListener
{
    /// <summary>How often a coordinator looks for transactional ids that were not used for too long.</summary>
    private const long ExpirationCheckMs = 3_600_000;

    private readonly EmbeddedCluster _cluster;
    private readonly Dictionary<string, Transaction> _byId = new(StringComparer.Ordinal);
    private readonly int[] _coordinatorEpochs = new int[CoordinatorTable.Slots];
    private long _expirationCheck;

    public TransactionRegistry(EmbeddedCluster cluster)
    {
        _cluster = cluster;
        _expirationCheck = cluster.NowMs / ExpirationCheckMs;
    }

    /// <summary>In the order of creation, which does not depend on hashing.</summary>
    public List<Transaction> All { get; } = [];

    public Transaction? Find(string id)
    {
        Expire();
        return _byId.GetValueOrDefault(id);
    }

    public Transaction Add(string id, long producerId, int timeoutMs)
    {
        Transaction transaction = new(id, producerId, timeoutMs, _cluster.NowMs);
        _byId.Add(id, transaction);
        All.Add(transaction);
        return transaction;
    }

    /// <summary>Stands in markers, so that those of an old coordinator can be told from a new one's.</summary>
    public int CoordinatorEpochOf(string id) => _coordinatorEpochs[CoordinatorTable.SlotOf(id)];

    /// <summary>Forgets what was not used for too long. Brokers look at fixed times, so what is not looked at in between can be done when asked.</summary>
    public void Expire()
    {
        long check = _cluster.NowMs / ExpirationCheckMs;
        if (check == _expirationCheck)
        {
            return;
        }

        _expirationCheck = check;
        long limitMs = (check * ExpirationCheckMs) - _cluster.Configs.GetNumber("transactional.id.expiration.ms");
        foreach (Transaction transaction in All)
        {
            if (IsIdle(transaction) && transaction.UpdateMs <= limitMs)
            {
                _byId.Remove(transaction.Id);
            }
        }

        All.RemoveAll(transaction => !_byId.ContainsKey(transaction.Id));
    }

    void ICoordinatorListener.OnCoordinatorMoved(CoordinatorKind kind, int slot)
    {
        if (kind == CoordinatorKind.Transaction)
        {
            _coordinatorEpochs[slot]++;
        }
    }

    private static bool IsIdle(Transaction transaction) => transaction.IsComplete || transaction.Status == TransactionStatus.Empty;
}
