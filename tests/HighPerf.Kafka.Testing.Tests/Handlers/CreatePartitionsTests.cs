using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;

namespace HighPerf.Kafka.Testing.Tests.Handlers;

public sealed class CreatePartitionsTests
{
    [Fact]
    public void Partitions_are_added_in_every_version() => Simulate(async (broker, client) =>
    {
        foreach (short version in Requests.Versions(0, 3))
        {
            int count = 3 + version;
            Assert.Equal(ErrorCode.None, await CreateAsync(client, count, version: version));
            Assert.Equal(Enumerable.Range(0, count), broker.Model.Topics.Find("t")!.Partitions.Select(partition => partition.Index));
        }

        // Placement goes on where it stopped.
        Assert.Equal([1, 2, 3, 1, 2, 3], broker.Model.Topics.Find("t")!.Partitions.Select(partition => partition.LeaderId));
        RawClient third = await broker.ConnectAsync(3);
        Assert.Equal(0, (await third.CallAsync(Requests.Produce("t", 5, Batches.Of("a")), 9)).Single().ErrorCode);
    });

    [Theory]
    [InlineData("t", 2, ErrorCode.InvalidPartitions)]
    [InlineData("t", 1, ErrorCode.InvalidPartitions)]
    [InlineData("t", 0, ErrorCode.InvalidPartitions)]
    [InlineData("t", int.MinValue, ErrorCode.InvalidPartitions)]
    [InlineData("t", int.MaxValue, ErrorCode.PolicyViolation)]
    [InlineData("nobody", 3, ErrorCode.UnknownTopicOrPartition)]
    public void Counts_are_checked(string topic, int count, ErrorCode expected) => Simulate(async (broker, client) =>
    {
        Assert.Equal(expected, await CreateAsync(client, count, topic: topic));
        Assert.Equal(2, broker.Model.Topics.Find("t")!.Partitions.Length);
    });

    [Fact]
    public void Assignments_are_taken_or_refused() => Simulate(async (broker, client) =>
    {
        Assert.Equal(ErrorCode.InvalidReplicaAssignment, await CreateAsync(client, 4, [[1]]));
        Assert.Equal(ErrorCode.InvalidReplicaAssignment, await CreateAsync(client, 3, [[1, 2]]));
        Assert.Equal(ErrorCode.InvalidReplicaAssignment, await CreateAsync(client, 3, [[]]));
        Assert.Equal(ErrorCode.InvalidReplicaAssignment, await CreateAsync(client, 3, [[7]]));
        await broker.Cluster.KillBrokerAsync(3);
        Assert.Equal(ErrorCode.InvalidReplicaAssignment, await CreateAsync(client, 3, [[3]]));
        Assert.Equal(ErrorCode.None, await CreateAsync(client, 4, [[2], [1]], validateOnly: true));
        Assert.Equal(2, broker.Model.Topics.Find("t")!.Partitions.Length);
        Assert.Equal(ErrorCode.None, await CreateAsync(client, 4, [[2], [1]]));
        Assert.Equal([1, 2, 2, 1], broker.Model.Topics.Find("t")!.Partitions.Select(partition => partition.LeaderId));
    });

    [Fact]
    public void A_topic_named_twice_is_refused_once() => Simulate(async (_, client) =>
    {
        CreatePartitionsRequest request = new() { Topics = [Wish("t", 3), Wish("t", 4)] };
        CreatePartitionsResponse.CreatePartitionsTopicResult result = Assert.Single((await client.CallAsync(request, 3)).Results);
        Assert.Equal((ErrorCode.InvalidRequest, "Duplicate topic name."), ((ErrorCode)result.ErrorCode, result.ErrorMessage));
    });

    [Fact]
    public void New_topics_are_placed_on_live_brokers_and_need_one_of_those_they_name() => TestBroker.Simulate(
        async broker =>
        {
            RawClient client = await broker.ConnectAsync();
            await broker.Cluster.KillBrokerAsync(2);
            CreateTopicsRequest.CreatableTopic spread = new() { Name = "a", NumPartitions = -1, ReplicationFactor = 3 };
            CreateTopicsRequest.CreatableTopic dead = new() { Name = "b", NumPartitions = -1, ReplicationFactor = -1, Assignments = [Assignment(0, 2)] };
            CreateTopicsRequest.CreatableTopic half = new() { Name = "c", NumPartitions = -1, ReplicationFactor = -1, Assignments = [Assignment(0, 2, 1)] };
            CreateTopicsRequest.CreatableTopic standard = new() { Name = "d", NumPartitions = -1, ReplicationFactor = -1 };
            CreateTopicsResponse response = await client.CallAsync(new CreateTopicsRequest { Topics = [spread, dead, half, standard] }, 7);
            Assert.Equal(
                [ErrorCode.None, ErrorCode.InvalidReplicaAssignment, ErrorCode.None, ErrorCode.None],
                response.Topics.Select(topic => (ErrorCode)topic.ErrorCode));
            Assert.Equal((4, 2), (response.Topics[3].NumPartitions, response.Topics[3].ReplicationFactor));
            Assert.Equal([1, 3], broker.Model.Topics.Find("a")!.Partitions[0].InSyncReplicas);
            Partition named = broker.Model.Topics.Find("c")!.Partitions[0];
            Assert.Equal((1, 1), (named.LeaderId, Assert.Single(named.InSyncReplicas)));
            Assert.Equal([2, 1], named.Replicas);
        },
        new KafkaTestClusterOptions { Brokers = 3, DefaultReplicationFactor = 2, DefaultPartitions = 4 });

    private static void Simulate(Func<TestBroker, RawClient, Task> test) => TestBroker.Simulate(
        async broker =>
        {
            await broker.CreateTopicAsync("t", 2);
            await test(broker, await broker.ConnectAsync());
        },
        new KafkaTestClusterOptions { Brokers = 3 });

    private static CreateTopicsRequest.CreatableReplicaAssignment Assignment(int partition, params int[] brokers) =>
        new() { PartitionIndex = partition, BrokerIds = [.. brokers] };

    private static CreatePartitionsRequest.CreatePartitionsTopic Wish(string topic, int count, int[][]? assignments = null) => new()
    {
        Name = topic,
        Count = count,
        Assignments = assignments is null
            ? null
            : [.. assignments.Select(brokers => new CreatePartitionsRequest.CreatePartitionsAssignment { BrokerIds = [.. brokers] })],
    };

    private static async Task<ErrorCode> CreateAsync(
        RawClient client, int count, int[][]? assignments = null, short version = 3, string topic = "t", bool validateOnly = false)
    {
        CreatePartitionsRequest request = new() { Topics = [Wish(topic, count, assignments)], ValidateOnly = validateOnly };
        CreatePartitionsResponse.CreatePartitionsTopicResult result = Assert.Single((await client.CallAsync(request, version)).Results);
        Assert.Equal(result.ErrorCode == 0, result.ErrorMessage is null);
        return (ErrorCode)result.ErrorCode;
    }
}
