using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Groups;
using HighPerf.Kafka.Runtime;
using HighPerf.Kafka.Tests.Scripting;

namespace HighPerf.Kafka.Tests.Groups;

/// <summary>A group's coordinator in a simulation, and what it tells.</summary>
internal sealed class CoordinatorProbe : ICoordinatorListener
{
    public CoordinatorProbe(Simulation simulation, KafkaClient client)
    {
        Loop = simulation.Environment.CreateLoop("session", LoopKind.Borrowed);
        Coordinator = new GroupCoordinator(client.Cluster, "g", Loop);
        Coordinator.Add(this);
    }

    public EventLoop Loop { get; }

    public GroupCoordinator Coordinator { get; }

    public int Found { get; private set; }

    public List<KafkaException> Losses { get; } = [];

    public KafkaException? Refused { get; private set; }

    public void On(Action action) => LoopCall.Post(Loop, action);

    public ProbeRequest Send(ProbeRequest request)
    {
        On(() => Coordinator.Send(request));
        return request;
    }

    void ICoordinatorListener.OnCoordinatorFound()
    {
        Assert.True(Loop.IsOwner);
        Found++;
    }

    void ICoordinatorListener.OnCoordinatorLost(KafkaException reason) => Losses.Add(reason);

    void ICoordinatorListener.OnCoordinatorRefused(KafkaException reason) => Refused = reason;
}
