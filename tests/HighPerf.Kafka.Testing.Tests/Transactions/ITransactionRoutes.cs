namespace HighPerf.Kafka.Testing.Tests.Transactions;

/// <summary>Which connection a transactional producer uses for what.</summary>
internal interface ITransactionRoutes
{
    RawClient ToCoordinator(string transactionalId);

    RawClient ToGroup(string groupId);

    RawClient ToLeader(string topic, int partition);
}
