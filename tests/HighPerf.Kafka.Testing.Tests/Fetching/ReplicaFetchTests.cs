using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Fetching;

namespace HighPerf.Kafka.Testing.Tests.Fetching;

/// <summary>Who may read where: leaders, followers (KIP-392), epochs (KIP-320, KIP-595), hints (KIP-951).</summary>
public sealed class ReplicaFetchTests
{
    private static readonly byte[] Batch = Batches.Of("v");

    [Theory]
    [InlineData(10, ErrorCode.NotLeaderOrFollower)]
    [InlineData(11, ErrorCode.None)]
    public void A_follower_serves_those_who_know_of_it(short version, ErrorCode expected) => With(async (broker, _) =>
    {
        await ProduceAsync(broker, 1);
        RawClient client = await broker.ConnectAsync(2);
        FetchResponse.PartitionData data = (await client.CallAsync(Requests.Fetch("t", 0, 0), version)).Single();
        Assert.Equal((expected, expected == ErrorCode.None ? Batch.Length : 0), ((ErrorCode)data.ErrorCode, data.Records!.Length));
    });

    [Fact]
    public void A_broker_without_a_copy_serves_nobody() => With(async (broker, _) =>
    {
        RawClient client = await broker.ConnectAsync(4);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, (ErrorCode)(await client.CallAsync(Requests.Fetch("t", 0, 0), 12)).Single().ErrorCode);
    });

    [Fact]
    public void A_follower_serves_up_to_what_it_has_F10() => With(async (broker, _) =>
    {
        await ProduceAsync(broker, 2);
        await broker.Cluster.DropFromInSyncAsync("t", 0, 2);
        await ProduceAsync(broker, 1);
        RawClient client = await broker.ConnectAsync(2);
        FetchResponse.PartitionData data = (await client.CallAsync(Requests.Fetch("t", 0, 0), 12)).Single();
        Assert.Equal((2, 2 * Batch.Length), (data.HighWatermark, data.Records!.Length));
        Assert.Equal(0, (await client.CallAsync(Requests.Fetch("t", 0, 2), 12)).Single().ErrorCode);
        Assert.Equal(ErrorCode.OffsetOutOfRange, (ErrorCode)(await client.CallAsync(Requests.Fetch("t", 0, 3), 12)).Single().ErrorCode);
    });

    [Theory]
    [InlineData(0, ErrorCode.FencedLeaderEpoch)]
    [InlineData(1, ErrorCode.None)]
    [InlineData(2, ErrorCode.UnknownLeaderEpoch)]
    public void An_epoch_is_compared_at_leaders_and_followers_F8(int epoch, ErrorCode expected) => With(async (broker, _) =>
    {
        await broker.Cluster.MoveLeaderAsync("t", 0, 2);
        foreach (int brokerId in new[] { 1, 2 })
        {
            RawClient client = await broker.ConnectAsync(brokerId);
            FetchRequest request = Requests.Fetch("t", 0, 0);
            request.Topics[0].Partitions[0].CurrentLeaderEpoch = epoch;
            Assert.Equal(expected, (ErrorCode)(await client.CallAsync(request, 12)).Single().ErrorCode);
        }
    });

    [Theory]
    [InlineData(15, false)]
    [InlineData(16, true)]
    [InlineData(18, true)]
    public void A_consumer_with_an_old_epoch_is_told_the_leader(short version, bool told) => With(async (broker, _) =>
    {
        await broker.Cluster.MoveLeaderAsync("t", 0, 2);
        RawClient client = await broker.ConnectAsync(1);
        FetchRequest request = Requests.Fetch("", 0, 0, id: broker.Model.Topics.Find("t")!.Id);
        request.Topics[0].Partitions[0].CurrentLeaderEpoch = 0;
        FetchResponse response = await client.CallAsync(request, version);
        Assert.Equal(ErrorCode.FencedLeaderEpoch, (ErrorCode)response.Single().ErrorCode);
        Assert.Equal(told ? (2, 1) : (-1, -1), (response.Single().CurrentLeader.LeaderId, response.Single().CurrentLeader.LeaderEpoch));
        EmbeddedBroker leader = broker.Model.FindBroker(2)!;
        Assert.Equal(
            told ? [(2, leader.Host, leader.Port, "east")] : [],
            response.NodeEndpoints.Select(node => (node.NodeId, node.Host, node.Port, node.Rack)));
    });

    [Fact]
    public void A_waiting_fetch_ends_when_leadership_moves() => With(async (broker, _) =>
    {
        RawClient client = await broker.ConnectAsync(1);
        int pending = await client.BeginAsync(Requests.Fetch("t", 0, 0, maxWaitMs: 30_000), 10);
        await broker.WaitAsync(TimeSpan.FromSeconds(1));
        TimeSpan began = broker.Now;
        await broker.Cluster.MoveLeaderAsync("t", 0, 2);
        FetchResponse response = await client.EndAsync<FetchRequest, FetchResponse>(pending, 10);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, (ErrorCode)response.Single().ErrorCode);
        Assert.InRange(broker.Now - began, TimeSpan.Zero, TimeSpan.FromMilliseconds(50));
    });

    [Fact]
    public void Records_of_a_lost_epoch_diverge() => With(async (broker, _) =>
    {
        await ProduceAsync(broker, 3);
        foreach (int follower in new[] { 2, 3 })
        {
            await broker.Cluster.DropFromInSyncAsync("t", 0, follower);
        }

        // Two more that only the first broker has, and then an unclean election.
        await ProduceAsync(broker, 2);
        await broker.Cluster.ElectUncleanAsync("t", 0, 2);
        RawClient client = await broker.ConnectAsync(2);
        FetchResponse.PartitionData data = (await FetchAsync(client, 5, lastFetchedEpoch: 0)).Single();
        Assert.Equal((0, 0, 3L, 0), (data.ErrorCode, data.DivergingEpoch.Epoch, data.DivergingEpoch.EndOffset, data.Records!.Length));
        Assert.Equal(3, data.HighWatermark);

        // What both have does not diverge; nobody has heard of epoch 7.
        data = (await FetchAsync(client, 3, lastFetchedEpoch: 0)).Single();
        Assert.Equal((0, -1, -1L), (data.ErrorCode, data.DivergingEpoch.Epoch, data.DivergingEpoch.EndOffset));
        Assert.Equal(ErrorCode.OffsetOutOfRange, (ErrorCode)(await FetchAsync(client, 3, lastFetchedEpoch: 7)).Single().ErrorCode);

        // Without an epoch the offset is just not there.
        Assert.Equal(ErrorCode.OffsetOutOfRange, (ErrorCode)(await FetchAsync(client, 5, lastFetchedEpoch: -1)).Single().ErrorCode);
    });

    [Theory]
    [InlineData("east", 3)]
    [InlineData("west", -1)]
    [InlineData("north", -1)]
    [InlineData("", -1)]
    public void The_leader_names_a_replica_in_the_consumers_rack(string rack, int expected) => With(
        async (broker, _) =>
        {
            await ProduceAsync(broker, 1);
            RawClient client = await broker.ConnectAsync(1);
            FetchRequest request = Requests.Fetch("t", 0, 0, maxWaitMs: 1000);
            request.RackId = rack;
            FetchResponse.PartitionData data = (await client.CallAsync(request, 12)).Single();
            Assert.Equal((0, expected, expected < 0 ? Batch.Length : 0), (data.ErrorCode, data.PreferredReadReplica, data.Records!.Length));
            Assert.Equal(1, data.HighWatermark);
        },
        ("replica.selector.class", RackAwareSelection.ClassName));

    [Fact]
    public void A_replica_out_of_sync_is_not_named() => With(
        async (broker, _) =>
        {
            RawClient client = await broker.ConnectAsync(1);
            FetchRequest request = Requests.Fetch("t", 0, 0);
            request.RackId = "east";
            await broker.Cluster.DropFromInSyncAsync("t", 0, 3);
            Assert.Equal(2, (await client.CallAsync(request, 12)).Single().PreferredReadReplica);
            await broker.Cluster.DropFromInSyncAsync("t", 0, 2);
            Assert.Equal(-1, (await client.CallAsync(request, 12)).Single().PreferredReadReplica);
        },
        ("replica.selector.class", RackAwareSelection.ClassName));

    [Fact]
    public void Nobody_is_named_unless_the_brokers_select_by_rack() => With(async (broker, _) =>
    {
        RawClient client = await broker.ConnectAsync(1);
        FetchRequest request = Requests.Fetch("t", 0, 0);
        request.RackId = "east";
        Assert.Equal(-1, (await client.CallAsync(request, 12)).Single().PreferredReadReplica);
    });

    private static Task<FetchResponse> FetchAsync(RawClient client, long offset, int lastFetchedEpoch)
    {
        FetchRequest request = Requests.Fetch("t", 0, offset);
        request.Topics[0].Partitions[0].LastFetchedEpoch = lastFetchedEpoch;
        return client.CallAsync(request, 12);
    }

    private static async Task ProduceAsync(TestBroker broker, int batches)
    {
        RawClient client = await broker.ConnectAsync(broker.Model.Topics.Find("t")!.Partitions[0].LeaderId);
        for (int i = 0; i < batches; i++)
        {
            Assert.Equal(0, (await client.CallAsync(Requests.Produce("t", 0, Batch, acks: 1), 9)).Single().ErrorCode);
        }
    }

    /// <summary>A partition on brokers 1 to 3 of 4, led by the first one in the west; the others are in the east.</summary>
    private static void With(Func<TestBroker, Partition, Task> test, params (string Name, string Value)[] settings)
    {
        KafkaTestClusterOptions options = new()
        {
            Brokers = 4,
            DefaultReplicationFactor = 3,
            Racks = { [1] = "west", [2] = "east", [3] = "east", [4] = "south" },
        };
        foreach ((string name, string value) in settings)
        {
            options.BrokerSettings[name] = value;
        }

        TestBroker.Simulate(
            async broker =>
            {
                broker.Model.CreateTopic("t", [[1, 2, 3]], new TopicConfig(broker.Model.Configs));
                await test(broker, broker.Model.Topics.Find("t")!.Partitions[0]);
            },
            options);
    }
}
