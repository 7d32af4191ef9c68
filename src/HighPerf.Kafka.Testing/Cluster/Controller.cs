namespace HighPerf.Kafka.Testing.Cluster;

/// <summary>
/// What a cluster's controller decides: which brokers are there, and who leads when they come and go. It notices at once; a real one takes a
/// session timeout to notice a broker that died. Owner: the cluster's loop.
/// </summary>
internal sealed class Controller
{
    private const int Nobody = -1;

    private readonly EmbeddedCluster _cluster;

    public Controller(EmbeddedCluster cluster)
    {
        _cluster = cluster;
        Id = cluster.Brokers[0].NodeId;
    }

    /// <summary>The broker that clients are told is the controller; -1 when no broker runs.</summary>
    public int Id { get; private set; }

    /// <summary>
    /// Stops a broker. An orderly stop (controlled shutdown) gives away leadership first, and what waits at the broker is answered; a kill cuts every
    /// connection before anybody knows.
    /// </summary>
    public void StopBroker(EmbeddedBroker broker, bool kill)
    {
        if (!broker.IsRunning)
        {
            return;
        }

        _cluster.Log.Write($"broker {broker.NodeId} {(kill ? "is killed" : "shuts down")}");
        broker.StopListening();
        if (kill)
        {
            broker.CloseConnections();
        }

        foreach (Partition partition in PartitionsOn(broker))
        {
            partition.OnBrokerStopped(partition.ReplicaOn(broker.NodeId)!);
            partition.ElectIfNeeded();
        }

        _cluster.Coordinators.OnBrokerStopped(broker);
        ElectController();
        if (!kill)
        {
            broker.CloseConnectionsSoon();
        }
    }

    /// <summary>Starts a broker that was stopped, on its old port.</summary>
    /// <param name="keepLogs">Whether it has its copies still.</param>
    /// <exception cref="IOException">The port is taken.</exception>
    public void StartBroker(EmbeddedBroker broker, bool keepLogs)
    {
        if (broker.IsRunning)
        {
            return;
        }

        broker.CloseConnections();
        broker.FetchSessions.Clear();
        broker.Listen(broker.Host, broker.Port);
        _cluster.Log.Write($"broker {broker.NodeId} starts{(keepLogs ? "" : " with empty logs")}");
        foreach (Partition partition in PartitionsOn(broker))
        {
            partition.OnBrokerStarted(partition.ReplicaOn(broker.NodeId)!, keepLogs);
            partition.ElectIfNeeded();
        }

        _cluster.Coordinators.OnBrokerStarted(broker);
        ElectController();
    }

    private void ElectController()
    {
        if (_cluster.FindBroker(Id) is not { IsRunning: true })
        {
            Id = _cluster.Brokers.Find(broker => broker.IsRunning)?.NodeId ?? Nobody;
        }
    }

    private List<Partition> PartitionsOn(EmbeddedBroker broker) =>
        [.. _cluster.Topics.All.SelectMany(topic => topic.Partitions).Where(partition => partition.ReplicaOn(broker.NodeId) is not null)];
}
