namespace HighPerf.Kafka.Testing.Tests.Transactions;

/// <summary>Everything over one connection: there is one broker, or the test wants to ask the wrong one.</summary>
internal sealed class SingleRoute(RawClient client) : ITransactionRoutes
{
    public RawClient ToCoordinator(string transactionalId) => client;

    public RawClient ToGroup(string groupId) => client;

    public RawClient ToLeader(string topic, int partition) => client;
}
