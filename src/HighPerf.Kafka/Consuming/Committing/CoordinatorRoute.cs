using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Groups;

namespace HighPerf.Kafka.Consuming.Committing;

/// <summary>Commits go over the connection that the group's membership uses. Owner: the session's loop.</summary>
internal sealed class CoordinatorRoute(GroupCoordinator coordinator) : ICommitRoute
{
    public void Send(BrokerRequest request) => coordinator.Send(request);

    public void Moved(ErrorCode code) => coordinator.Moved(code);
}
