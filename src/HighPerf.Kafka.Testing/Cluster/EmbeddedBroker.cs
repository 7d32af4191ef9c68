using HighPerf.Kafka.Runtime;
using HighPerf.Kafka.Testing.Configs;
using HighPerf.Kafka.Testing.Connections;
using HighPerf.Kafka.Testing.Fetching;
using HighPerf.Kafka.Testing.Handlers;
using HighPerf.Kafka.Testing.Quotas;

namespace HighPerf.Kafka.Testing.Cluster;

/// <summary>
/// One broker: a listener and its connections. What brokers share (topics, groups, producer ids) is the cluster's. Owner: the cluster's loop.
/// </summary>
internal sealed class EmbeddedBroker : ITransportAcceptor
{
    private readonly List<BrokerConnection> _connections = [];
    private ITransportListener? _listener;

    public EmbeddedBroker(EmbeddedCluster cluster, int nodeId)
    {
        Cluster = cluster;
        NodeId = nodeId;
        Quotas = new BrokerQuotas(cluster, nodeId);
        FetchSessions = new FetchSessionCache(
            cluster.Environment.CreateRandom($"kafka-test-fetch-sessions-{nodeId}"),
            (int)cluster.Configs.GetNumber("max.incremental.fetch.session.cache.slots", nodeId));
    }

    public EmbeddedCluster Cluster { get; }

    public int NodeId { get; }

    /// <summary>What this broker has measured of its clients.</summary>
    public BrokerQuotas Quotas { get; }

    public string Host { get; private set; } = "";

    public int Port { get; private set; }

    /// <summary>False while it is stopped. Before the cluster starts it counts as running.</summary>
    public bool IsRunning { get; private set; } = true;

    /// <summary>Where it stands, as clients are told; null: nowhere.</summary>
    public string? Rack => Cluster.Options.Racks.GetValueOrDefault(NodeId);

    public HandlerTable Handlers => Cluster.Handlers;

    public FetchSessionCache FetchSessions { get; }

    public int ConnectionCount => _connections.Count;

    /// <summary>Whether new connections are turned away.</summary>
    public bool RefusesConnections { get; set; }

    /// <summary>Whether the network between this broker and its clients is cut.</summary>
    public bool IsCut { get; private set; }

    /// <summary>Any thread, before the first connection can come.</summary>
    /// <exception cref="IOException">The address is taken or not there.</exception>
    public void Listen(string host, int port)
    {
        // The port of a listener is known once it listens, and a connection may be accepted before this returns; but it is handled on the loop,
        // where the start of the cluster is the item that runs now.
        _listener = Cluster.Transport.Listen(host, port, Cluster.Loop, this);
        Host = _listener.Host;
        Port = _listener.Port;
        ConfigOverrides own = new()
        {
            ["broker.id"] = $"{NodeId}",
            ["node.id"] = $"{NodeId}",
            ["listeners"] = $"PLAINTEXT://{Host}:{Port}",
            ["advertised.listeners"] = $"PLAINTEXT://{Host}:{Port}",
        };
        if (Rack is not null)
        {
            own["broker.rack"] = Rack;
        }

        Cluster.Configs.SetNode(NodeId, own);
        IsRunning = true;
    }

    /// <summary>Accepts no more. What is connected stays so.</summary>
    public void StopListening()
    {
        IsRunning = false;
        _listener?.Close();
    }

    public void CloseConnections()
    {
        foreach (BrokerConnection connection in _connections.ToArray())
        {
            connection.Close(null);
        }
    }

    /// <summary>Cuts the network between this broker and its clients, or makes it whole.</summary>
    public void SetCut(bool isCut)
    {
        IsCut = isCut;
        UpdateCuts();
    }

    /// <summary>Somebody was cut off, or is not any more.</summary>
    public void UpdateCuts()
    {
        foreach (BrokerConnection connection in _connections.ToArray())
        {
            connection.SetCut(IsCut || Cluster.Faults.IsCut(connection.ClientId));
        }
    }

    public void Forget(BrokerConnection connection)
    {
        _connections.Remove(connection);
        Cluster.OnConnectionGone();
    }

    void ITransportAcceptor.OnAccepted(Func<EventLoop, ITransportHandler, ITransportConnection> start)
    {
        if (RefusesConnections)
        {
            return;
        }

        BrokerConnection connection = new(this, Cluster.NextConnectionId());
        if (IsCut)
        {
            connection.SetCut(true);
        }

        _connections.Add(connection);
        connection.Start(start(Cluster.Loop, connection));
        if (!IsRunning)
        {
            connection.Close(null);
        }
    }

    void ITransportAcceptor.OnFaulted(Exception error) => Cluster.Log.Write($"broker {NodeId}: the listener on {Host}:{Port} failed: {error.Message}");
}
