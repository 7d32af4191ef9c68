namespace HighPerf.Kafka.Interop.Tests.ConfluentClient;

using Confluent.Kafka;
using Confluent.Kafka.Admin;
using HighPerf.Kafka.Interop.Tests.Peers;

/// <summary>Confluent.Kafka's admin client: topics, their partitions, and what is in them.</summary>
public sealed class TopicAdminTests
{
    [SkippableFact]
    public Task Topics_are_created_described_widened_and_deleted() => AdminScenario.RunAsync(async (scenario, clients, admin) =>
    {
        scenario.Log.Expect("(?i)unknown topic|UNKNOWN_TOPIC_OR_PART");
        await admin.CreateTopicsAsync(
        [
            new TopicSpecification { Name = "wide", NumPartitions = 4, ReplicationFactor = 3, Configs = new() { ["retention.ms"] = "60000" } },
            new TopicSpecification { Name = "placed", NumPartitions = 2, ReplicationFactor = -1, ReplicasAssignments = new() { [0] = [2, 3], [1] = [3, 1] } },
        ]);
        CreateTopicsException taken = await Assert.ThrowsAsync<CreateTopicsException>(
            () => admin.CreateTopicsAsync([new TopicSpecification { Name = "wide", NumPartitions = 1 }]));
        Assert.Equal(ErrorCode.TopicAlreadyExists, Assert.Single(taken.Results).Error.Code);
        CreateTopicsException crowded = await Assert.ThrowsAsync<CreateTopicsException>(
            () => admin.CreateTopicsAsync([new TopicSpecification { Name = "more", NumPartitions = 1, ReplicationFactor = 4 }]));
        Assert.Equal(ErrorCode.InvalidReplicationFactor, Assert.Single(crowded.Results).Error.Code);
        CreateTopicsException odd = await Assert.ThrowsAsync<CreateTopicsException>(
            () => admin.CreateTopicsAsync([new TopicSpecification { Name = "odd name", NumPartitions = 1 }]));
        Assert.Equal(ErrorCode.TopicException, Assert.Single(odd.Results).Error.Code);

        await admin.CreatePartitionsAsync([new PartitionsSpecification { Topic = "wide", IncreaseTo = 6 }]);
        CreatePartitionsException fewer = await Assert.ThrowsAsync<CreatePartitionsException>(
            () => admin.CreatePartitionsAsync([new PartitionsSpecification { Topic = "wide", IncreaseTo = 2 }]));
        Assert.Equal(ErrorCode.InvalidPartitions, Assert.Single(fewer.Results).Error.Code);

        List<TopicDescription> topics = (await admin.DescribeTopicsAsync(TopicCollection.OfTopicNames(["wide", "placed"]))).TopicDescriptions;
        Assert.Equal((6, 2), (topics[0].Partitions.Count, topics[1].Partitions.Count));
        Assert.All(topics[0].Partitions, static partition =>
        {
            Assert.Equal([1, 2, 3], partition.Replicas.Select(static node => node.Id).Order());
            Assert.Equal([1, 2, 3], partition.ISR.Select(static node => node.Id).Order());
            Assert.Contains(partition.Leader.Id, partition.Replicas.Select(static node => node.Id));
        });
        Assert.Equal([2, 3], topics[1].Partitions[0].Replicas.Select(static node => node.Id));
        Assert.Equal([2, 3], topics[1].Partitions.Select(static partition => partition.Leader.Id));
        Assert.NotEqual(topics[0].TopicId, topics[1].TopicId);

        await admin.DeleteTopicsAsync(["placed"]);
        DeleteTopicsException absent = await Assert.ThrowsAsync<DeleteTopicsException>(() => admin.DeleteTopicsAsync(["placed"]));
        Assert.Equal(ErrorCode.UnknownTopicOrPart, Assert.Single(absent.Results).Error.Code);
        Assert.Equal(["wide"], admin.GetMetadata(TimeSpan.FromSeconds(10)).Topics.Select(static topic => topic.Topic));
    });

    [SkippableFact]
    public Task Records_are_deleted_and_offsets_listed() => AdminScenario.RunAsync(async (scenario, clients, admin) =>
    {
        await scenario.CreateTopicAsync("cut", 2);
        TopicPartition partition = new("cut", 0);
        using (IProducer<byte[]?, byte[]?> producer = clients.CreateProducer())
        {
            await ConfluentRecords.SendAsync(
                producer, "cut", Enumerable.Range(0, 10).Select(static i => new PeerRecord(0, null, [(byte)i], 1000 + (i == 4 ? 50 : i), [])), scenario.Limit);
        }

        Assert.Equal(10, await ListAsync(admin, partition, OffsetSpec.Latest()));
        Assert.Equal(0, await ListAsync(admin, partition, OffsetSpec.Earliest()));
        Assert.Equal(4, await ListAsync(admin, partition, OffsetSpec.MaxTimestamp()));
        Assert.Equal(3, await ListAsync(admin, partition, OffsetSpec.ForTimestamp(1003)));

        DeleteRecordsResult cut = Assert.Single(await admin.DeleteRecordsAsync([new TopicPartitionOffset(partition, 6)]));
        Assert.Equal(6, cut.Offset.Value);
        Assert.Equal(6, await ListAsync(admin, partition, OffsetSpec.Earliest()));
        Assert.Equal([6, 7, 8, 9], ConfluentRecords.ReadAll(clients, "cut", 2, scenario.Limit).Select(static record => record.Offset));
        DeleteRecordsException beyond = await Assert.ThrowsAsync<DeleteRecordsException>(
            () => admin.DeleteRecordsAsync([new TopicPartitionOffset(partition, 11)]));
        Assert.Equal(ErrorCode.OffsetOutOfRange, Assert.Single(beyond.Results).Error.Code);
        Assert.Equal(10, Assert.Single(await admin.DeleteRecordsAsync([new TopicPartitionOffset(partition, Offset.End)])).Offset.Value);
        Assert.Empty(ConfluentRecords.ReadAll(clients, "cut", 2, scenario.Limit));
    });

    [SkippableFact]
    public Task Leaders_are_elected() => AdminScenario.RunAsync(async (scenario, clients, admin) =>
    {
        await admin.CreateTopicsAsync([new TopicSpecification { Name = "led", NumPartitions = 3, ReplicationFactor = 3 }]);

        int preferred = await scenario.Cluster.GetLeaderAsync("led", 0);
        await scenario.Cluster.MoveLeaderAsync("led", 0, 1 + (preferred % 3));
        List<TopicPartitionError> result = await ElectAsync(admin, new TopicPartition("led", 0));
        Assert.Equal(ErrorCode.NoError, Assert.Single(result).Error.Code);
        Assert.Equal(preferred, await scenario.Cluster.GetLeaderAsync("led", 0));

        // The preferred replica leads already; that is an answer of its own, and no failure of the request.
        result = await ElectAsync(admin, new TopicPartition("led", 0));
        Assert.Equal(ErrorCode.ElectionNotNeeded, Assert.Single(result).Error.Code);
        result = await ElectAsync(admin, new TopicPartition("led", 9));
        Assert.Equal(ErrorCode.UnknownTopicOrPart, Assert.Single(result).Error.Code);
    });

    private static async Task<List<TopicPartitionError>> ElectAsync(IAdminClient admin, TopicPartition partition)
    {
        try
        {
            return (await admin.ElectLeadersAsync(ElectionType.Preferred, [partition])).TopicPartitions;
        }
        catch (ElectLeadersException exception)
        {
            return exception.Results.TopicPartitions;
        }
    }

    private static async Task<long> ListAsync(IAdminClient admin, TopicPartition partition, OffsetSpec spec)
    {
        ListOffsetsResult result = await admin.ListOffsetsAsync([new TopicPartitionOffsetSpec { TopicPartition = partition, OffsetSpec = spec }]);
        TopicPartitionOffsetError only = Assert.Single(result.ResultInfos).TopicPartitionOffsetError;
        Assert.False(only.Error.IsError, only.Error.ToString());
        return only.Offset.Value;
    }
}
