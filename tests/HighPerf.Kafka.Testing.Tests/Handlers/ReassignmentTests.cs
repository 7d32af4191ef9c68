using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;

namespace HighPerf.Kafka.Testing.Tests.Handlers;

public sealed class ReassignmentTests
{
    [Fact]
    public void A_partition_moves_and_brings_its_records() => Simulate(async (broker, client, partition) =>
    {
        await client.CallAsync(Requests.Produce("t", 0, Batches.Of("a")), 9);
        Assert.Equal(ErrorCode.None, await AlterAsync(client, 0, [3, 2]));
        Assert.Equal([3, 2], partition.Replicas);
        Assert.Equal([3, 2], partition.InSyncReplicas);
        Assert.Equal((3, 1), (partition.LeaderId, partition.LeaderEpoch));
        Assert.Empty(await ListAsync(client));
        RawClient leader = await broker.ConnectAsync(3);
        Assert.Equal(["a"], Batches.Values((await leader.CallAsync(Requests.Fetch("t", 0, 0), 12)).Single().Records));
        Assert.Equal(ErrorCode.NotLeaderOrFollower, (ErrorCode)(await client.CallAsync(Requests.Fetch("t", 0, 0), 12)).Single().ErrorCode);
    });

    [Fact]
    public void A_move_waits_for_a_stopped_broker_and_can_be_given_up() => Simulate(async (broker, client, partition) =>
    {
        await broker.Cluster.KillBrokerAsync(3);
        Assert.Equal(ErrorCode.None, await AlterAsync(client, 0, [3, 1]));
        ListPartitionReassignmentsResponse.OngoingPartitionReassignment moving = Assert.Single(await ListAsync(client));
        Assert.Equal([3, 1, 2], moving.Replicas);
        Assert.Equal([3], moving.AddingReplicas);
        Assert.Equal([2], moving.RemovingReplicas);
        Assert.Equal(ErrorCode.None, await AlterAsync(client, 0, null));
        Assert.Equal([1, 2], partition.Replicas);
        Assert.Equal(ErrorCode.NoReassignmentInProgress, await AlterAsync(client, 0, null));

        await AlterAsync(client, 0, [3, 1]);
        await broker.Cluster.StartBrokerAsync(3);
        Assert.Empty(await ListAsync(client));
        Assert.Equal([3, 1], partition.InSyncReplicas);
        Assert.Equal(1, partition.LeaderId);
    });

    [Theory]
    [InlineData(0, new int[0], ErrorCode.InvalidReplicaAssignment)]
    [InlineData(0, new[] { 1, 1 }, ErrorCode.InvalidReplicaAssignment)]
    [InlineData(0, new[] { 1, 9 }, ErrorCode.InvalidReplicaAssignment)]
    [InlineData(0, new[] { 1, -1 }, ErrorCode.InvalidReplicaAssignment)]
    [InlineData(1, new[] { 1 }, ErrorCode.UnknownTopicOrPartition)]
    [InlineData(0, new[] { 2, 1 }, ErrorCode.None)]
    public void Targets_are_checked(int index, int[] replicas, ErrorCode expected) => Simulate(async (_, client, partition) =>
    {
        Assert.Equal(expected, await AlterAsync(client, index, replicas));
        Assert.Equal(expected == ErrorCode.None ? [2, 1] : [1, 2], partition.Replicas);
        Assert.Equal(1, partition.LeaderId);
    });

    [Fact]
    public void A_change_of_the_replication_factor_can_be_ruled_out() => Simulate(async (_, client, partition) =>
    {
        Assert.Equal(ErrorCode.InvalidReplicationFactor, await AlterAsync(client, 0, [1, 2, 3], version: 1, mayChangeFactor: false));
        Assert.Equal(ErrorCode.None, await AlterAsync(client, 0, [1, 2, 3], version: 1));
        Assert.Equal([1, 2, 3], partition.InSyncReplicas);
    });

    [Fact]
    public void Elections_are_told_by_partition_in_every_version() => Simulate(async (broker, client, partition) =>
    {
        foreach (short version in Requests.Versions(0, 2))
        {
            await broker.Cluster.MoveLeaderAsync("t", 0, 2);
            Assert.Equal([(0, ErrorCode.None), (7, ErrorCode.UnknownTopicOrPartition)], await ElectAsync(client, version, 0, [0, 7]));
            Assert.Equal([(0, ErrorCode.ElectionNotNeeded)], await ElectAsync(client, version, 0, [0]));
            Assert.Empty(await ElectAsync(client, version, 0, null));
        }

        Assert.Equal([(0, ErrorCode.ElectionNotNeeded)], await ElectAsync(client, 2, 1, [0]));
        await broker.Cluster.DropFromInSyncAsync("t", 0, 2);
        await broker.Cluster.MoveLeaderAsync("t", 0, 1);
        RawClient other = await broker.ConnectAsync(3);
        await broker.Cluster.KillBrokerAsync(1);
        Assert.Equal(Partition.NoLeader, partition.LeaderId);
        Assert.Equal([(0, ErrorCode.PreferredLeaderNotAvailable)], await ElectAsync(other, 2, 0, null));
        Assert.Equal([(0, ErrorCode.None)], await ElectAsync(other, 2, 1, null));
        Assert.Equal(2, partition.LeaderId);
        await broker.Cluster.KillBrokerAsync(2);
        Assert.Equal([(0, ErrorCode.EligibleLeadersNotAvailable)], await ElectAsync(other, 2, 1, [0]));
        ElectLeadersResponse wrong = await other.CallAsync(new ElectLeadersRequest { ElectionType = 2 }, 2);
        Assert.Equal(ErrorCode.InvalidRequest, (ErrorCode)wrong.ErrorCode);
    });

    private static void Simulate(Func<TestBroker, RawClient, Partition, Task> test) => TestBroker.Simulate(
        async broker =>
        {
            await broker.CreateTopicAsync("t");
            await test(broker, await broker.ConnectAsync(), broker.Model.Topics.Find("t")!.Partitions[0]);
        },
        new KafkaTestClusterOptions { Brokers = 3, DefaultReplicationFactor = 2 });

    private static async Task<ErrorCode> AlterAsync(RawClient client, int index, int[]? replicas, short version = 0, bool mayChangeFactor = true)
    {
        AlterPartitionReassignmentsRequest request = new()
        {
            AllowReplicationFactorChange = mayChangeFactor,
            Topics =
            [
                new AlterPartitionReassignmentsRequest.ReassignableTopic
                {
                    Name = "t",
                    Partitions =
                    [
                        new AlterPartitionReassignmentsRequest.ReassignablePartition
                        {
                            PartitionIndex = index, Replicas = replicas is null ? null : [.. replicas],
                        },
                    ],
                },
            ],
        };
        return (ErrorCode)Assert.Single(Assert.Single((await client.CallAsync(request, version)).Responses).Partitions).ErrorCode;
    }

    private static async Task<List<ListPartitionReassignmentsResponse.OngoingPartitionReassignment>> ListAsync(RawClient client)
    {
        ListPartitionReassignmentsResponse all = await client.CallAsync(new ListPartitionReassignmentsRequest(), 0);
        ListPartitionReassignmentsRequest named = new()
        {
            Topics =
            [
                new ListPartitionReassignmentsRequest.ListPartitionReassignmentsTopics { Name = "t", PartitionIndexes = [0, 9] },
                new ListPartitionReassignmentsRequest.ListPartitionReassignmentsTopics { Name = "nobody", PartitionIndexes = [0] },
            ],
        };
        Assert.Equal(all.Topics.Count, (await client.CallAsync(named, 0)).Topics.Count);
        return all.Topics.Count == 0 ? [] : Assert.Single(all.Topics).Partitions;
    }

    private static async Task<List<(int, ErrorCode)>> ElectAsync(RawClient client, short version, sbyte type, int[]? partitions)
    {
        ElectLeadersRequest request = new()
        {
            ElectionType = type,
            TopicPartitions = partitions is null ? null : [new ElectLeadersRequest.TopicPartitionsData { Topic = "t", Partitions = [.. partitions] }],
        };
        ElectLeadersResponse response = await client.CallAsync(request, version);
        IEnumerable<ElectLeadersResponse.PartitionResult> results = response.ReplicaElectionResults.SelectMany(topic => topic.PartitionResult);
        return [.. results.Select(result => (result.PartitionId, (ErrorCode)result.ErrorCode))];
    }
}
