namespace HighPerf.Kafka.Testing.Cluster;

/// <summary>
/// Which broker coordinates which groups and transactional ids: keys fall into slots (the partitions of the internal topics of a real cluster), slots have
/// brokers. The state itself is the cluster's, as that of a real one is in its log: a move loses nothing but what was parked. Owner: the cluster's loop.
/// </summary>
internal sealed class CoordinatorTable
{
    /// <summary>As many as the internal topics of a real cluster have partitions by default.</summary>
    public const int Slots = 50;

    private const int None = -1;
    private const int Kinds = 2;

    private readonly EmbeddedCluster _cluster;
    private readonly int[,] _brokers = new int[Kinds, Slots];
    private readonly bool[,] _loading = new bool[Kinds, Slots];
    private readonly List<ICoordinatorListener> _listeners = [];

    public CoordinatorTable(EmbeddedCluster cluster, IReadOnlyList<EmbeddedBroker> brokers)
    {
        _cluster = cluster;
        for (int slot = 0; slot < Slots; slot++)
        {
            _brokers[(int)CoordinatorKind.Group, slot] = brokers[slot % brokers.Count].NodeId;
            _brokers[(int)CoordinatorKind.Transaction, slot] = brokers[slot % brokers.Count].NodeId;
        }
    }

    public void AddListener(ICoordinatorListener listener) => _listeners.Add(listener);

    /// <summary>The slot of a key: the Java string hash that brokers use, modulo the number of slots.</summary>
    public static int SlotOf(string key)
    {
        int hash = 0;
        foreach (char c in key)
        {
            hash = unchecked((31 * hash) + c);
        }

        return (hash & int.MaxValue) % Slots;
    }

    /// <summary>The broker of a key; null when it has none for now.</summary>
    public EmbeddedBroker? Find(CoordinatorKind kind, string key) => _cluster.FindBroker(_brokers[(int)kind, SlotOf(key)]);

    /// <summary>What a broker answers that is asked about a key: NONE when it is the coordinator and ready.</summary>
    public ErrorCode Check(CoordinatorKind kind, string key, int brokerId)
    {
        int slot = SlotOf(key);
        if (_brokers[(int)kind, slot] != brokerId)
        {
            return ErrorCode.NotCoordinator;
        }

        return _loading[(int)kind, slot] ? ErrorCode.CoordinatorLoadInProgress : ErrorCode.None;
    }

    /// <summary>Gives the slot of a key to a broker (-1: to none). With <paramref name="loading"/> it answers COORDINATOR_LOAD_IN_PROGRESS until
    /// <see cref="EndLoading"/>.</summary>
    public void Move(CoordinatorKind kind, int slot, int brokerId, bool loading)
    {
        _brokers[(int)kind, slot] = brokerId;
        _loading[(int)kind, slot] = loading && brokerId != None;
        foreach (ICoordinatorListener listener in _listeners)
        {
            listener.OnCoordinatorMoved(kind, slot);
        }
    }

    /// <summary>What the broker coordinated goes to the others in turn, as the leadership of internal partitions would.</summary>
    public void OnBrokerStopped(EmbeddedBroker stopped)
    {
        List<EmbeddedBroker> live = _cluster.Brokers.FindAll(broker => broker.IsRunning);
        MoveAll(stopped.NodeId, slot => live.Count == 0 ? None : live[slot % live.Count].NodeId);
    }

    /// <summary>What has no coordinator gets this one; what has one keeps it.</summary>
    public void OnBrokerStarted(EmbeddedBroker started) => MoveAll(None, _ => started.NodeId);

    private void MoveAll(int from, Func<int, int> to)
    {
        for (int kind = 0; kind < Kinds; kind++)
        {
            for (int slot = 0; slot < Slots; slot++)
            {
                if (_brokers[kind, slot] == from)
                {
                    Move((CoordinatorKind)kind, slot, to(slot), loading: false);
                }
            }
        }
    }

    public void EndLoading(CoordinatorKind kind, int slot) => _loading[(int)kind, slot] = false;

    /// <summary>Whether a broker still loads any of its slots.</summary>
    public bool IsLoading(CoordinatorKind kind, int brokerId) =>
        Enumerable.Range(0, Slots).Any(slot => _loading[(int)kind, slot] && _brokers[(int)kind, slot] == brokerId);

    public int BrokerOf(CoordinatorKind kind, int slot) => _brokers[(int)kind, slot];
}
