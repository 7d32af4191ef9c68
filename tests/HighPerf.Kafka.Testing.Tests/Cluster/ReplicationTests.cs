using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;

namespace HighPerf.Kafka.Testing.Tests.Cluster;

public sealed class ReplicationTests
{
    [Fact]
    public void What_is_not_on_all_replicas_in_sync_is_not_read() => Simulate(async (broker, partition) =>
    {
        RawClient client = await broker.ConnectAsync(1);
        RawClient consumer = await broker.ConnectAsync(1);
        await broker.Cluster.PauseReplicationAsync("t", 0, 2);
        await client.CallAsync(Requests.Produce("t", 0, Batches.Of("a"), acks: 1), 9);
        Assert.Equal((0L, 1L), (partition.HighWatermark, partition.Log.EndOffset));
        FetchResponse.PartitionData data = (await client.CallAsync(Requests.Fetch("t", 0, 0), 12)).Single();
        Assert.Equal((0, 0L, 0), (data.ErrorCode, data.HighWatermark, data.Records!.Length));

        int parked = await consumer.BeginAsync(Requests.Fetch("t", 0, 0, maxWaitMs: 600_000), 12);
        await broker.Cluster.ResumeReplicationAsync("t", 0, 2);
        Assert.Equal(["a"], Batches.Values((await consumer.EndAsync<FetchRequest, FetchResponse>(parked, 12)).Single().Records));
    });

    [Fact]
    public void A_follower_that_lags_for_thirty_seconds_is_out_of_sync() => Simulate(async (broker, partition) =>
    {
        RawClient client = await broker.ConnectAsync(1);
        await broker.Cluster.PauseReplicationAsync("t", 0, 2);

        // A follower that misses nothing is in sync, however long it is silent.
        await broker.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal([1, 2, 3], partition.InSyncReplicas);
        await client.CallAsync(Requests.Produce("t", 0, Batches.Of("a"), acks: 1), 9);
        await broker.WaitAsync(TimeSpan.FromSeconds(29));
        Assert.Equal((3, 0L), (partition.InSyncReplicas.Length, partition.HighWatermark));
        await broker.WaitAsync(TimeSpan.FromSeconds(2));
        Assert.Equal([1, 3], partition.InSyncReplicas);
        Assert.Equal(1, partition.HighWatermark);
        await broker.Cluster.ResumeReplicationAsync("t", 0, 2);
        Assert.Equal([1, 2, 3], partition.InSyncReplicas);
    });

    [Fact]
    public void Replication_takes_the_time_it_is_given() => Simulate(
        async (broker, partition) =>
        {
            RawClient client = await broker.ConnectAsync(1);
            await client.CallAsync(Requests.Produce("t", 0, Batches.Of("a"), acks: 1), 9);
            Assert.Equal(0, partition.HighWatermark);
            await broker.WaitAsync(TimeSpan.FromMilliseconds(60));
            await client.CallAsync(Requests.Produce("t", 0, Batches.Of("b"), acks: 1), 9);
            await broker.WaitAsync(TimeSpan.FromMilliseconds(60));
            Assert.Equal((1L, 2L), (partition.HighWatermark, partition.Log.EndOffset));
            await broker.WaitAsync(TimeSpan.FromMilliseconds(60));
            Assert.Equal(2, partition.HighWatermark);
        },
        new KafkaTestClusterOptions { ReplicationDelay = TimeSpan.FromMilliseconds(100) });

    [Fact]
    public void Too_few_in_sync_take_no_write_with_acks_all_and_let_nothing_be_read() => Simulate(
        async (broker, partition) =>
        {
            await broker.Cluster.DropFromInSyncAsync("t", 0, 2);
            Assert.Equal(ErrorCode.None, partition.CheckInSync(-1));
            await broker.Cluster.KillBrokerAsync(3);
            Assert.Equal((ErrorCode.NotEnoughReplicas, ErrorCode.None), (partition.CheckInSync(-1), partition.CheckInSync(1)));
            RawClient client = await broker.ConnectAsync(1);
            await client.CallAsync(Requests.Produce("t", 0, Batches.Of("a"), acks: 1), 9);
            Assert.Equal((0L, 1L), (partition.HighWatermark, partition.Log.EndOffset));
            await broker.Cluster.StartBrokerAsync(3);
            Assert.Equal((ErrorCode.None, 1L), (partition.CheckInSync(-1), partition.HighWatermark));
        },
        settings: ("min.insync.replicas", "2"));

    [Fact]
    public void More_in_sync_than_there_are_replicas_is_never_demanded() => Simulate(
        async (broker, partition) =>
        {
            Assert.Equal(ErrorCode.None, partition.CheckInSync(-1));
            await broker.Cluster.KillBrokerAsync(3);
            Assert.Equal(ErrorCode.NotEnoughReplicas, partition.CheckInSync(-1));
        },
        settings: ("min.insync.replicas", "5"));

    [Fact]
    public void Replicas_are_spread_over_brokers_and_racks() => Simulate(
        async (broker, _) =>
        {
            Assert.Equal([[1, 3], [3, 2], [2, 1], [1, 3]], broker.Model.Assign(4, 2));
            await broker.Cluster.KillBrokerAsync(1);
            Assert.Equal([[2, 3, 1], [3, 2, 1]], broker.Model.Assign(2, 3));
            RawClient client = await broker.ConnectAsync(2);
            Assert.Equal(["b", "a"], (await client.CallAsync(Requests.Metadata("t"), 9)).Brokers.OrderBy(node => -node.NodeId).Select(node => node.Rack));
        },
        new KafkaTestClusterOptions { Racks = { [1] = "a", [2] = "a", [3] = "b" } });

    [Fact]
    public void Members_of_the_public_face_refuse_what_makes_no_sense() => Simulate(async (broker, _) =>
    {
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => broker.Cluster.KillBrokerAsync(4));
        await Assert.ThrowsAsync<InvalidOperationException>(() => broker.Cluster.PauseReplicationAsync("t", 0, 1));
        await Assert.ThrowsAsync<InvalidOperationException>(() => broker.Cluster.PauseReplicationAsync("u", 0, 2));
        await Assert.ThrowsAsync<InvalidOperationException>(() => broker.Cluster.MoveLeaderAsync("t", 1, 2));
        await broker.Cluster.KillBrokerAsync(2);
        await Assert.ThrowsAsync<InvalidOperationException>(() => broker.Cluster.MoveLeaderAsync("t", 0, 2));
        await Assert.ThrowsAsync<InvalidOperationException>(() => broker.Cluster.ElectUncleanAsync("t", 0, 2));
        Assert.Equal(1, await broker.Cluster.GetLeaderAsync("t", 0));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => broker.Cluster.CreateTopicAsync("u", 1, 4));
        await Assert.ThrowsAsync<ArgumentException>(() => broker.Cluster.CreateTopicAsync("u", 1, 1, new Dictionary<string, string> { ["x"] = "y" }));
        await broker.Cluster.CreateTopicAsync("u", 1, 2, new Dictionary<string, string> { ["min.insync.replicas"] = "2" });
        Assert.Equal(2, broker.Model.Topics.Find("u")!.Config.MinInsyncReplicas);
        await broker.Cluster.DeleteTopicAsync("u");
        await Assert.ThrowsAsync<InvalidOperationException>(() => broker.Cluster.DeleteTopicAsync("u"));
    });

    private static void Simulate(
        Func<TestBroker, Partition, Task> test, KafkaTestClusterOptions? options = null, params (string Name, string Value)[] settings)
    {
        options ??= new KafkaTestClusterOptions();
        options.Brokers = 3;
        options.DefaultReplicationFactor = 3;
        foreach ((string name, string value) in settings)
        {
            options.BrokerSettings[name] = value;
        }

        TestBroker.Simulate(
            async broker =>
            {
                await broker.CreateTopicAsync("t");
                await test(broker, broker.Model.Topics.Find("t")!.Partitions[0]);
            },
            options);
    }
}
