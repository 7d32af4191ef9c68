using HighPerf.Kafka.Testing.Cluster;

namespace HighPerf.Kafka.Testing;

/// <summary>Stopping brokers, holding up replication, moving leaders and coordinators. All of it is done when the task is.</summary>
public sealed partial class KafkaTestCluster
{
    /// <summary>
    /// Shuts a broker down in order: its partitions get other leaders from the replicas in sync, what waits at it is answered, and its connections close a
    /// moment later. One that is stopped already stays so.
    /// </summary>
    /// <param name="brokerId">The broker; the first one is 1.</param>
    public Task StopBrokerAsync(int brokerId) => ChangeAsync(() => _cluster.Controller.StopBroker(FindBroker(brokerId), kill: false));

    /// <summary>
    /// Kills a broker: its connections are cut, and nothing is answered. The controller notices at once; partitions get other leaders from the replicas in
    /// sync, and what those do not have is lost.
    /// </summary>
    /// <param name="brokerId">The broker; the first one is 1.</param>
    public Task KillBrokerAsync(int brokerId) => ChangeAsync(() => _cluster.Controller.StopBroker(FindBroker(brokerId), kill: true));

    /// <summary>Starts a stopped broker again, on its old port. Its copies catch up.</summary>
    /// <param name="brokerId">The broker; the first one is 1.</param>
    /// <param name="keepLogs">
    /// Whether it still has its copies. Without them it begins with empty ones; where it is the last that was in sync, the records are gone.
    /// </param>
    /// <exception cref="IOException">Its port is taken.</exception>
    public Task StartBrokerAsync(int brokerId, bool keepLogs = true) => ChangeAsync(() => _cluster.Controller.StartBroker(FindBroker(brokerId), keepLogs));

    /// <summary>Gives leadership of a partition to another replica that is in sync.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="brokerId">The new leader.</param>
    /// <exception cref="InvalidOperationException">The broker is stopped, or its replica is not in sync.</exception>
    public Task MoveLeaderAsync(string topic, int partition, int brokerId) => ChangeAsync(() =>
    {
        Partition found = FindPartition(topic, partition);
        Replica replica = FindReplica(found, brokerId);
        if (!replica.IsLive || !replica.IsInSync)
        {
            throw new InvalidOperationException($"Broker {brokerId} cannot lead {topic}-{partition}: it is {(replica.IsLive ? "not in sync" : "stopped")}.");
        }

        found.SetLeader(replica);
    });

    /// <summary>
    /// Makes a replica the leader whether it is in sync or not (an unclean election): the log ends from then on where its copy ends.
    /// </summary>
    /// <param name="topic">The topic.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="brokerId">The new leader.</param>
    /// <exception cref="InvalidOperationException">The broker is stopped.</exception>
    public Task ElectUncleanAsync(string topic, int partition, int brokerId) => ChangeAsync(() =>
    {
        Partition found = FindPartition(topic, partition);
        Replica replica = FindReplica(found, brokerId);
        if (!replica.IsLive)
        {
            throw new InvalidOperationException($"Broker {brokerId} cannot lead {topic}-{partition}: it is stopped.");
        }

        found.SetLeader(replica);
    });

    /// <summary>Holds up a follower: it gets nothing more, and falls out of sync once it lags for <c>replica.lag.time.max.ms</c> (30 s).</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="brokerId">The follower.</param>
    /// <exception cref="InvalidOperationException">The broker leads the partition.</exception>
    public Task PauseReplicationAsync(string topic, int partition, int brokerId) => ChangeAsync(() =>
    {
        Partition found = FindPartition(topic, partition);
        found.PauseReplication(FindFollower(found, brokerId));
    });

    /// <summary>Lets a follower that was held up catch up.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="brokerId">The follower.</param>
    public Task ResumeReplicationAsync(string topic, int partition, int brokerId) => ChangeAsync(() =>
    {
        Partition found = FindPartition(topic, partition);
        found.ResumeReplication(FindReplica(found, brokerId));
    });

    /// <summary>Holds up a follower and takes it out of the replicas in sync, until <see cref="ResumeReplicationAsync"/>.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="brokerId">The follower.</param>
    /// <exception cref="InvalidOperationException">The broker leads the partition.</exception>
    public Task DropFromInSyncAsync(string topic, int partition, int brokerId) => ChangeAsync(() =>
    {
        Partition found = FindPartition(topic, partition);
        Replica replica = FindFollower(found, brokerId);
        found.PauseReplication(replica);
        found.DropFromInSync(replica);
    });

    /// <summary>
    /// Gives the coordination of a group to another broker; groups that share its place in the table (there are 50) move with it. What waits at the old one is
    /// answered NOT_COORDINATOR.
    /// </summary>
    /// <param name="groupId">The group.</param>
    /// <param name="brokerId">The new coordinator.</param>
    /// <param name="loading">Whether it answers COORDINATOR_LOAD_IN_PROGRESS until <see cref="FinishLoadingGroupAsync"/>.</param>
    public Task MoveGroupCoordinatorAsync(string groupId, int brokerId, bool loading = false) =>
        MoveCoordinatorAsync(CoordinatorKind.Group, groupId, brokerId, loading);

    /// <summary>Gives the coordination of a transactional id to another broker, with those that share its place in the table.</summary>
    /// <param name="transactionalId">The transactional id.</param>
    /// <param name="brokerId">The new coordinator.</param>
    /// <param name="loading">Whether it answers COORDINATOR_LOAD_IN_PROGRESS until <see cref="FinishLoadingTransactionAsync"/>.</param>
    public Task MoveTransactionCoordinatorAsync(string transactionalId, int brokerId, bool loading = false) =>
        MoveCoordinatorAsync(CoordinatorKind.Transaction, transactionalId, brokerId, loading);

    /// <summary>The coordinator of a group has loaded what it must know.</summary>
    /// <param name="groupId">The group.</param>
    public Task FinishLoadingGroupAsync(string groupId) =>
        ChangeAsync(() => _cluster.Coordinators.EndLoading(CoordinatorKind.Group, CoordinatorTable.SlotOf(groupId)));

    /// <summary>The coordinator of a transactional id has loaded what it must know.</summary>
    /// <param name="transactionalId">The transactional id.</param>
    public Task FinishLoadingTransactionAsync(string transactionalId) =>
        ChangeAsync(() => _cluster.Coordinators.EndLoading(CoordinatorKind.Transaction, CoordinatorTable.SlotOf(transactionalId)));

    /// <summary>Who leads a partition now.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="partition">The partition.</param>
    /// <returns>The broker's id; -1 when there is no leader.</returns>
    public Task<int> GetLeaderAsync(string topic, int partition) => CallAsync(() => FindPartition(topic, partition).LeaderId);

    private Task MoveCoordinatorAsync(CoordinatorKind kind, string key, int brokerId, bool loading) => ChangeAsync(() =>
    {
        if (!FindBroker(brokerId).IsRunning)
        {
            throw new InvalidOperationException($"Broker {brokerId} cannot coordinate {key}: it is stopped.");
        }

        _cluster.Coordinators.Move(kind, CoordinatorTable.SlotOf(key), brokerId, loading);
    });

    private Task ChangeAsync(Action change) => CallAsync(() =>
    {
        change();
        return true;
    });

    /// <exception cref="ObjectDisposedException">The cluster is disposed.</exception>
    private Task<T> CallAsync<T>(Func<T> call)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        return LoopCall<T>.RunAsync(_cluster, call);
    }

    private EmbeddedBroker FindBroker(int brokerId) =>
        _cluster.FindBroker(brokerId) ?? throw new ArgumentOutOfRangeException(nameof(brokerId), brokerId, "There is no such broker.");

    private Partition FindPartition(string topic, int partition) =>
        _cluster.Topics.Find(topic)?.FindPartition(partition) ?? throw new InvalidOperationException($"There is no partition {topic}-{partition}.");

    private static Replica FindReplica(Partition partition, int brokerId) =>
        partition.ReplicaOn(brokerId) ?? throw new InvalidOperationException($"Broker {brokerId} has no replica of the partition.");

    private static Replica FindFollower(Partition partition, int brokerId) => brokerId != partition.LeaderId
        ? FindReplica(partition, brokerId)
        : throw new InvalidOperationException($"Broker {brokerId} leads the partition and does not follow.");
}
