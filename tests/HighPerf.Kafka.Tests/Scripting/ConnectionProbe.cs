using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Runtime;

namespace HighPerf.Kafka.Tests.Scripting;

/// <summary>One connection in a simulation, and what it tells its owner.</summary>
internal sealed class ConnectionProbe : IConnectionOwner
{
    private readonly EventLoop _loop;

    public ConnectionProbe(Simulation simulation, KafkaClientOptions? options = null, string host = "broker", int port = 9092)
    {
        Runtime = simulation.CreateRuntime(options);
        _loop = simulation.Environment.CreateLoop("probe", LoopKind.Borrowed);
        Connection = new BrokerConnection(Runtime, new BrokerEndpoint(1, host, port), ConnectionRole.Control, _loop, this);
        On(() => Connection.Start(default));
    }

    public ClientRuntime Runtime { get; }

    public BrokerConnection Connection { get; }

    public KafkaException? Lost { get; private set; }

    public int Opens { get; private set; }

    public int Closes { get; private set; }

    public int SlotNotices { get; private set; }

    /// <summary>Runs on the connection's loop.</summary>
    public void On(Action action) => LoopCall.Post(_loop, action);

    public ProbeRequest Send(ProbeRequest request)
    {
        On(() => Connection.Send(request));
        return request;
    }

    public void AssertNothingHeld()
    {
        Assert.Equal(ConnectionPhase.Closed, Connection.Phase);
        Assert.Equal(1, Closes);
        Assert.Equal(0, Runtime.Buffers.OutstandingBuffers);
    }

    void IConnectionOwner.OnOpen(BrokerConnection connection) => Opens++;

    void IConnectionOwner.OnLost(BrokerConnection connection, KafkaException error)
    {
        Assert.Null(Lost);
        Lost = error;
    }

    void IConnectionOwner.OnClosed(BrokerConnection connection) => Closes++;

    void IConnectionOwner.OnSlotsFree(BrokerConnection connection) => SlotNotices++;
}
