using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;

namespace HighPerf.Kafka.Testing.Tests.Cluster;

public sealed class ElectionTests
{
    /// <summary>The last Fetch version that only a leader answers; later ones a follower may serve, too (KIP-392).</summary>
    private const short LeaderOnly = 10;

    [Fact]
    public void A_killed_leader_is_followed_by_a_replica_in_sync() => Simulate(async broker =>
    {
        Partition partition = await CreateAsync(broker);
        RawClient client = await broker.ConnectAsync(1);
        RawClient other = await broker.ConnectAsync(2);
        await client.CallAsync(Requests.Produce("t", 0, Batches.Of("a")), 9);
        int parked = await client.BeginAsync(Requests.Fetch("t", 0, 1, maxWaitMs: 60_000), 12);

        await broker.Cluster.KillBrokerAsync(1);
        await client.Closed;
        await Assert.ThrowsAsync<EndOfStreamException>(() => client.EndAsync<FetchRequest, FetchResponse>(parked, 12));
        MetadataResponse metadata = await other.CallAsync(Requests.Metadata("t"), 9);
        Assert.Equal([2, 3], metadata.Brokers.Select(node => node.NodeId));
        Assert.Equal(2, metadata.ControllerId);
        MetadataResponse.MetadataResponsePartition told = metadata.Topics[0].Partitions[0];
        Assert.Equal((0, 2, 1), (told.ErrorCode, told.LeaderId, told.LeaderEpoch));
        Assert.Equal([1, 2, 3], told.ReplicaNodes);
        Assert.Equal([2, 3], told.IsrNodes);
        Assert.Equal([1], told.OfflineReplicas);
        Assert.Equal(["a"], Batches.Values((await other.CallAsync(Requests.Fetch("t", 0, 0), 12)).Single().Records));

        await broker.Cluster.StartBrokerAsync(1);
        Assert.Equal((2, 1), (partition.LeaderId, partition.LeaderEpoch));
        Assert.Equal([1, 2, 3], partition.InSyncReplicas);
        Assert.Equal((ErrorCode.None, 1, 2), (partition.ElectPreferred(), partition.LeaderId, partition.LeaderEpoch));
    });

    [Fact]
    public void A_broker_that_shuts_down_answers_what_waits_and_then_closes() => Simulate(async broker =>
    {
        await CreateAsync(broker);
        RawClient client = await broker.ConnectAsync(1);
        int parked = await client.BeginAsync(Requests.Fetch("t", 0, 0, maxWaitMs: 60_000), LeaderOnly);
        await broker.Cluster.StopBrokerAsync(1);
        FetchResponse answer = await client.EndAsync<FetchRequest, FetchResponse>(parked, LeaderOnly);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, (ErrorCode)answer.Single().ErrorCode);
        await client.Closed;
        await Assert.ThrowsAnyAsync<IOException>(() => broker.ConnectAsync(1));

        await broker.Cluster.StartBrokerAsync(1);
        RawClient again = await broker.ConnectAsync(1);
        Assert.Equal(3, (await again.CallAsync(Requests.Metadata("t"), 9)).Brokers.Count);
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Without_a_candidate_there_is_no_leader_until_one_comes_back(bool keepLogs) => Simulate(async broker =>
    {
        Partition partition = await CreateAsync(broker, 1, 2);
        RawClient client = await broker.ConnectAsync(1);
        await client.CallAsync(Requests.Produce("t", 0, Batches.Of("a")), 9);
        await broker.Cluster.KillBrokerAsync(2);
        await broker.Cluster.KillBrokerAsync(1);
        RawClient other = await broker.ConnectAsync(3);
        foreach (short version in new short[] { 0, 4, 9, 13 })
        {
            MetadataResponse.MetadataResponsePartition told = (await other.CallAsync(Requests.Metadata("t"), version)).Topics[0].Partitions[0];
            Assert.Equal((ErrorCode.LeaderNotAvailable, -1), ((ErrorCode)told.ErrorCode, told.LeaderId));
            Assert.Equal(version == 0 ? [] : [1, 2], told.ReplicaNodes);
        }

        // Broker 2 was not in sync any more when broker 1 died: it may not lead.
        await broker.Cluster.StartBrokerAsync(2);
        Assert.Equal(Partition.NoLeader, partition.LeaderId);
        await broker.Cluster.StartBrokerAsync(1, keepLogs);
        Assert.Equal((1, keepLogs ? 1L : 0L), (partition.LeaderId, partition.Log.EndOffset));
        Assert.Equal([1, 2], partition.InSyncReplicas);
    });

    [Fact]
    public void Unclean_elections_where_allowed_lose_what_the_new_leader_lacks() => Simulate(
        async broker =>
        {
            Partition partition = await CreateAsync(broker, 1, 2);
            RawClient client = await broker.ConnectAsync(1);
            RawClient other = await broker.ConnectAsync(2);
            await client.CallAsync(Requests.Produce("t", 0, Batches.Of("a", "b")), 9);
            await broker.Cluster.DropFromInSyncAsync("t", 0, 2);
            await client.CallAsync(Requests.Produce("t", 0, Batches.Of("c", "d", "e")), 9);
            Assert.Equal(5, partition.HighWatermark);
            await broker.Cluster.KillBrokerAsync(1);
            Assert.Equal((2, 1, 2L), (partition.LeaderId, partition.LeaderEpoch, partition.HighWatermark));
            await other.CallAsync(Requests.Produce("t", 0, Batches.Of("x")), 9);
            Assert.Equal(["a", "b", "x"], Batches.Values((await other.CallAsync(Requests.Fetch("t", 0, 0), 12)).Single().Records));

            // KIP-320: who read five records in epoch 0 learns that this epoch ended at 2.
            OffsetForLeaderEpochResponse.EpochEndOffset end = await EndOfAsync(other, 0, current: 1);
            Assert.Equal((ErrorCode.None, 0, 2L), ((ErrorCode)end.ErrorCode, end.LeaderEpoch, end.EndOffset));
            await broker.Cluster.StartBrokerAsync(1);
            Assert.Equal([3L, 3L], partition.AllReplicas.Select(replica => replica.LogEndOffset));
        },
        ("unclean.leader.election.enable", "true"));

    [Fact]
    public void A_test_may_force_an_unclean_election() => Simulate(async broker =>
    {
        Partition partition = await CreateAsync(broker);
        RawClient client = await broker.ConnectAsync(1);
        RawClient other = await broker.ConnectAsync(3);
        await broker.Cluster.DropFromInSyncAsync("t", 0, 3);
        await client.CallAsync(Requests.Produce("t", 0, Batches.Of("a")), 9);
        await Assert.ThrowsAsync<InvalidOperationException>(() => broker.Cluster.MoveLeaderAsync("t", 0, 3));
        int parked = await client.BeginAsync(Requests.Fetch("t", 0, 1, maxWaitMs: 60_000), LeaderOnly);
        await broker.Cluster.ElectUncleanAsync("t", 0, 3);
        FetchResponse answer = await client.EndAsync<FetchRequest, FetchResponse>(parked, LeaderOnly);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, (ErrorCode)answer.Single().ErrorCode);
        Assert.Equal((3, 0L, 0L), (partition.LeaderId, partition.Log.EndOffset, partition.HighWatermark));
        Assert.Equal([1, 2, 3], partition.InSyncReplicas);
        Assert.Equal(0, (await other.CallAsync(Requests.Produce("t", 0, Batches.Of("b")), 9)).Single().BaseOffset);
    });

    [Fact]
    public void Sequence_numbers_are_those_of_the_records_that_are_left() => Simulate(async broker =>
    {
        await CreateAsync(broker, 1, 2);
        RawClient client = await broker.ConnectAsync(1);
        RawClient other = await broker.ConnectAsync(2);
        await client.CallAsync(Requests.Produce("t", 0, Batches.Idempotent(7, 0, 0, "a", "b")), 9);
        await broker.Cluster.DropFromInSyncAsync("t", 0, 2);
        await client.CallAsync(Requests.Produce("t", 0, Batches.Idempotent(7, 0, 2, "c")), 9);
        await broker.Cluster.ElectUncleanAsync("t", 0, 2);

        // The lost batch is appended again, the kept one is recognised, and what would leave a hole is refused.
        ProduceResponse.PartitionProduceResponse answer = (await other.CallAsync(Requests.Produce("t", 0, Batches.Idempotent(7, 0, 3, "d")), 9)).Single();
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, (ErrorCode)answer.ErrorCode);
        Assert.Equal(2, (await other.CallAsync(Requests.Produce("t", 0, Batches.Idempotent(7, 0, 2, "c")), 9)).Single().BaseOffset);
        Assert.Equal(0, (await other.CallAsync(Requests.Produce("t", 0, Batches.Idempotent(7, 0, 0, "a", "b")), 9)).Single().BaseOffset);
    });

    [Fact]
    public void Epochs_are_checked_before_leadership_and_where_there_is_a_replica() => Simulate(async broker =>
    {
        await CreateAsync(broker, 1, 2);
        await broker.Cluster.MoveLeaderAsync("t", 0, 2);
        RawClient follower = await broker.ConnectAsync(1);
        RawClient leader = await broker.ConnectAsync(2);
        RawClient stranger = await broker.ConnectAsync(3);
        Assert.Equal(ErrorCode.FencedLeaderEpoch, (ErrorCode)(await EndOfAsync(leader, 0, current: 0)).ErrorCode);
        Assert.Equal(ErrorCode.UnknownLeaderEpoch, (ErrorCode)(await EndOfAsync(leader, 0, current: 2)).ErrorCode);
        Assert.Equal(ErrorCode.FencedLeaderEpoch, (ErrorCode)(await EndOfAsync(follower, 0, current: 0)).ErrorCode);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, (ErrorCode)(await EndOfAsync(follower, 0, current: 1)).ErrorCode);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, (ErrorCode)(await EndOfAsync(stranger, 0, current: 0)).ErrorCode);
        foreach (short version in Requests.Versions(2, 4))
        {
            OffsetForLeaderEpochResponse.EpochEndOffset end = await EndOfAsync(leader, 7, current: 1, version);
            Assert.Equal((ErrorCode.None, -1, -1L), ((ErrorCode)end.ErrorCode, end.LeaderEpoch, end.EndOffset));
        }

        OffsetForLeaderEpochResponse.EpochEndOffset unknown = await EndOfAsync(leader, 0, current: -1, topic: "nobody");
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, (ErrorCode)unknown.ErrorCode);
    });

    [Fact]
    public void A_restarted_broker_knows_no_fetch_sessions_of_before() => Simulate(async broker =>
    {
        await CreateAsync(broker);
        RawClient client = await broker.ConnectAsync(1);
        FetchRequest request = Requests.Fetch("t", 0, 0);
        request.SessionEpoch = 0;
        int session = (await client.CallAsync(request, 12)).SessionId;
        Assert.NotEqual(0, session);
        await broker.Cluster.StopBrokerAsync(1);
        await broker.Cluster.StartBrokerAsync(1);
        client = await broker.ConnectAsync(1);
        FetchResponse answer = await client.CallAsync(new FetchRequest { SessionId = session, SessionEpoch = 1 }, 12);
        Assert.Equal(ErrorCode.FetchSessionIdNotFound, (ErrorCode)answer.ErrorCode);
    });

    [Fact]
    public void Coordinators_move_away_from_a_stopped_broker() => Simulate(async broker =>
    {
        RawClient client = await broker.ConnectAsync(3);
        for (int i = 0; i < 20; i++)
        {
            await broker.Cluster.MoveGroupCoordinatorAsync($"g{i}", 1 + (i % 2));
        }

        await broker.Cluster.KillBrokerAsync(1);
        for (int i = 0; i < 20; i++)
        {
            FindCoordinatorRequest request = new() { CoordinatorKeys = [$"g{i}"] };
            FindCoordinatorResponse.Coordinator found = Assert.Single((await client.CallAsync(request, 4)).Coordinators);
            Assert.Equal(0, found.ErrorCode);
            Assert.InRange(found.NodeId, 2, 3);
        }

        await Assert.ThrowsAsync<InvalidOperationException>(() => broker.Cluster.MoveGroupCoordinatorAsync("g", 1));
        await broker.Cluster.MoveGroupCoordinatorAsync("g", 2, loading: true);
        Assert.Equal(ErrorCode.CoordinatorLoadInProgress, broker.Model.Coordinators.Check(CoordinatorKind.Group, "g", 2));
        await broker.Cluster.FinishLoadingGroupAsync("g");
        Assert.Equal(ErrorCode.None, broker.Model.Coordinators.Check(CoordinatorKind.Group, "g", 2));
    });

    private static void Simulate(Func<TestBroker, Task> test, params (string Name, string Value)[] settings)
    {
        KafkaTestClusterOptions options = new() { Brokers = 3 };
        foreach ((string name, string value) in settings)
        {
            options.BrokerSettings[name] = value;
        }

        TestBroker.Simulate(test, options);
    }

    private static Task<Partition> CreateAsync(TestBroker broker, params int[] replicas) => LoopCall<Partition>.RunAsync(
        broker.Model,
        () => broker.Model.CreateTopic("t", [replicas.Length == 0 ? [1, 2, 3] : replicas], new TopicConfig(broker.Model.Configs)).Partitions[0]);

    private static async Task<OffsetForLeaderEpochResponse.EpochEndOffset> EndOfAsync(
        RawClient client, int epoch, int current, short version = 4, string topic = "t")
    {
        OffsetForLeaderEpochRequest request = new()
        {
            Topics =
            [
                new OffsetForLeaderEpochRequest.OffsetForLeaderTopic
                {
                    Topic = topic,
                    Partitions = [new OffsetForLeaderEpochRequest.OffsetForLeaderPartition { LeaderEpoch = epoch, CurrentLeaderEpoch = current }],
                },
            ],
        };
        return Assert.Single(Assert.Single((await client.CallAsync(request, version)).Topics).Partitions);
    }
}
