using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Testing.Tests.Faults;

public sealed class NetworkTests
{
    [Fact]
    public void A_broker_that_refuses_connections_keeps_those_it_has() => TestBroker.Simulate(async broker =>
    {
        RawClient old = await broker.ConnectAsync();
        await broker.Cluster.Faults.RefuseConnectionsAsync(1);
        await Assert.ThrowsAsync<IOException>(broker.ConnectAsync);
        await old.CallAsync(Requests.Metadata(), 9);
        await broker.Cluster.Faults.AcceptConnectionsAsync(1);
        await (await broker.ConnectAsync()).CallAsync(Requests.Metadata(), 9);
        await Assert.ThrowsAsync<ArgumentException>(() => broker.Cluster.Faults.RefuseConnectionsAsync(99));
    });

    [Fact]
    public void A_cut_network_stalls_old_and_new_connections_and_loses_nothing() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        RawClient old = await broker.ConnectAsync();
        int parked = await old.BeginAsync(Requests.Fetch("t", 0, 0, maxWaitMs: 5000), 12);
        await broker.WaitAsync(TimeSpan.FromSeconds(1));
        await broker.Cluster.Faults.PartitionNetworkAsync(1);
        int behind = await old.BeginAsync(Requests.Produce("t", 0, Batches.Of("x")), 9);
        RawClient late = await broker.ConnectAsync();
        int asked = await late.BeginAsync(Requests.Metadata("t"), 9);
        Task<byte[]>[] answers = [old.ReceiveFrameAsync(), late.ReceiveFrameAsync()];
        await broker.WaitAsync(TimeSpan.FromMinutes(1));
        Assert.All(answers, answer => Assert.False(answer.IsCompleted));
        Assert.Equal(0, broker.Model.Topics.Find("t")!.Partitions[0].Log.EndOffset);

        await broker.Cluster.Faults.HealNetworkAsync(1);
        RawClient.Decode<FetchResponse>(await answers[0], parked, true, 12);
        RawClient.Decode<MetadataResponse>(await answers[1], asked, true, 9);
        Assert.Equal(0, (await old.EndAsync<ProduceRequest, ProduceResponse>(behind, 9)).Single().ErrorCode);
    });

    [Fact]
    public void A_client_that_goes_away_while_the_network_is_cut_is_noticed_when_it_is_whole() => TestBroker.Simulate(async broker =>
    {
        RawClient client = await broker.ConnectAsync();
        await client.CallAsync(Requests.Metadata(), 9);
        await broker.Cluster.Faults.PartitionNetworkAsync(1);
        await client.BeginAsync(Requests.Metadata("made"), 9);
        await client.CloseAsync();
        await broker.WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(1, broker.Broker.ConnectionCount);
        await broker.Cluster.Faults.HealNetworkAsync(1);
        await broker.WaitAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(0, broker.Broker.ConnectionCount);
    });

    [Fact]
    public void A_client_is_cut_off_by_its_name_on_connections_old_and_new() => TestBroker.Simulate(async broker =>
    {
        RawClient old = await broker.ConnectAsync();
        await old.CallAsync(Requests.Metadata(), 9);
        await broker.Cluster.Faults.PartitionNetworkAsync(Frames.ClientId);
        await broker.Cluster.Faults.PartitionNetworkAsync("someone else");
        RawClient late = await broker.ConnectAsync();
        int first = await old.BeginAsync(Requests.Metadata("old"), 9);
        int second = await late.BeginAsync(Requests.Metadata("late"), 9);
        await broker.WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Empty(broker.Model.Topics.All);
        Assert.Single(broker.Cluster.Requests.Snapshot());

        await broker.Cluster.Faults.HealNetworkAsync(Frames.ClientId);
        await old.EndAsync<MetadataRequest, MetadataResponse>(first, 9);
        await late.EndAsync<MetadataRequest, MetadataResponse>(second, 9);
        Assert.Equal(2, broker.Model.Topics.All.Count);
    });

    [Fact]
    public void A_cluster_stops_while_everything_is_held_and_cut() => TestBroker.Simulate(async broker =>
    {
        HeldRequests held = broker.Cluster.Faults.Hold(ApiKey.Metadata);
        RawClient client = await broker.ConnectAsync();
        await client.BeginAsync(Requests.Metadata(), 9);
        await held.WaitForHeldAsync();
        await broker.Cluster.Faults.PartitionNetworkAsync(1);
        Task more = held.WaitForHeldAsync(2);
        Task never = broker.Cluster.Requests.WaitForAsync(request => request.ApiKey == ApiKey.Produce);
        await broker.Cluster.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => more);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => never);
        await client.Closed;
    });
}
