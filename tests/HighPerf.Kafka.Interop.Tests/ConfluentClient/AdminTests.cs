namespace HighPerf.Kafka.Interop.Tests.ConfluentClient;

using System.Text;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using HighPerf.Kafka.Interop.Tests.Peers;
using HighPerf.Kafka.Interop.Tests.Scenarios;

/// <summary>Confluent.Kafka's admin client.</summary>
public sealed class AdminTests
{
    [SkippableFact]
    public Task Topics_are_created_described_widened_and_deleted() => RunAsync(async (scenario, clients, admin) =>
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
    public Task Settings_are_described_and_changed_one_by_one() => RunAsync(async (scenario, clients, admin) =>
    {
        await scenario.Cluster.CreateTopicAsync("set", 1, scenario.Limit);
        ConfigResource topic = new() { Type = ResourceType.Topic, Name = "set" };
        await ChangeAsync(admin, topic, ("retention.ms", AlterConfigOpType.Set, "1234"), ("cleanup.policy", AlterConfigOpType.Append, "compact"));
        Dictionary<string, ConfigEntryResult> changed = Assert.Single(await admin.DescribeConfigsAsync([topic])).Entries;
        Assert.Equal(("1234", ConfigSource.DynamicTopicConfig, false), Show(changed["retention.ms"]));
        Assert.Equal("delete,compact", changed["cleanup.policy"].Value);
        Assert.True(changed["segment.bytes"].IsDefault);

        await ChangeAsync(admin, topic, ("retention.ms", AlterConfigOpType.Delete, null), ("cleanup.policy", AlterConfigOpType.Subtract, "compact"));
        changed = Assert.Single(await admin.DescribeConfigsAsync([topic])).Entries;
        Assert.Equal(("604800000", ConfigSource.DefaultConfig, true), Show(changed["retention.ms"]));
        Assert.Equal("delete", changed["cleanup.policy"].Value);

        IncrementalAlterConfigsException wrong = await Assert.ThrowsAsync<IncrementalAlterConfigsException>(
            () => ChangeAsync(admin, topic, ("retention.ms", AlterConfigOpType.Set, "soon")));
        Assert.Equal(ErrorCode.InvalidConfig, Assert.Single(wrong.Results).Error.Code);

        ConfigResource broker = new() { Type = ResourceType.Broker, Name = "1" };
        Assert.Contains("log.retention.ms", Assert.Single(await admin.DescribeConfigsAsync([broker])).Entries.Keys);
    });

    [SkippableFact]
    public Task The_cluster_is_described() => RunAsync(async (scenario, clients, admin) =>
    {
        DescribeClusterResult cluster = await admin.DescribeClusterAsync();
        Assert.Equal(scenario.Cluster.ClusterId, cluster.ClusterId);
        Assert.Equal([1, 2, 3], cluster.Nodes.Select(static node => node.Id).Order());
        Assert.Contains(cluster.Controller.Id, cluster.Nodes.Select(static node => node.Id));
        Assert.Equal(scenario.BootstrapServers.Split(',').Order(), cluster.Nodes.Select(static node => $"{node.Host}:{node.Port}").Order());
        Metadata metadata = admin.GetMetadata(TimeSpan.FromSeconds(10));
        Assert.Equal([1, 2, 3], metadata.Brokers.Select(static broker => broker.BrokerId).Order());
    });

    [SkippableFact]
    public Task Offsets_of_a_group_are_listed_set_and_deleted_and_so_is_the_group() => RunAsync(async (scenario, clients, admin) =>
    {
        await scenario.Cluster.CreateTopicAsync("read", 3, scenario.Limit);
        TopicPartition[] partitions = [new("read", 0), new("read", 1), new("read", 2)];
        using (IConsumer<byte[]?, byte[]?> consumer = clients.CreateConsumer("g"))
        {
            consumer.Commit([new TopicPartitionOffset(partitions[0], 7), new TopicPartitionOffset(partitions[1], 9)]);
            Assert.Equal(["7", "9", "Unset [-1001]"], consumer.Committed(partitions, TimeSpan.FromSeconds(10)).Select(static offset => offset.Offset.ToString()));
        }

        Assert.Equal("0@7 1@9 2@Unset [-1001]", await OffsetsAsync(admin, "g", partitions));
        await admin.AlterConsumerGroupOffsetsAsync([new("g", [new(partitions[1], 3), new(partitions[2], 4)])]);
        Assert.Equal("0@7 1@3 2@4", await OffsetsAsync(admin, "g", partitions));
        DeleteConsumerGroupOffsetsResult deleted = await admin.DeleteConsumerGroupOffsetsAsync("g", partitions[..1]);
        Assert.Equal(partitions[..1], deleted.Partitions);
        Assert.Equal("0@Unset [-1001] 1@3 2@4", await OffsetsAsync(admin, "g", partitions));

        ListConsumerGroupsResult groups = await admin.ListConsumerGroupsAsync();
        ConsumerGroupListing listed = Assert.Single(groups.Valid);
        Assert.Equal(("g", true, ConsumerGroupState.Empty), (listed.GroupId, listed.IsSimpleConsumerGroup, listed.State));
        ConsumerGroupDescription described = Assert.Single((await admin.DescribeConsumerGroupsAsync(["g"])).ConsumerGroupDescriptions);
        Assert.Equal(ConsumerGroupState.Empty, described.State);
        Assert.InRange(described.Coordinator.Id, 1, 3);

        await admin.DeleteGroupsAsync(["g"]);
        Assert.Empty((await admin.ListConsumerGroupsAsync()).Valid);
        scenario.Log.Expect("(?i)not found");
        DeleteGroupsException absent = await Assert.ThrowsAsync<DeleteGroupsException>(() => admin.DeleteGroupsAsync(["g"]));
        Assert.Equal(ErrorCode.GroupIdNotFound, Assert.Single(absent.Results).Error.Code);
    });

    [SkippableFact]
    public Task Records_are_deleted_and_offsets_listed() => RunAsync(async (scenario, clients, admin) =>
    {
        await scenario.Cluster.CreateTopicAsync("cut", 2, scenario.Limit);
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
    public Task Leaders_are_elected() => RunAsync(async (scenario, clients, admin) =>
    {
        await admin.CreateTopicsAsync([new TopicSpecification { Name = "led", NumPartitions = 3, ReplicationFactor = 3 }]);

        // The preferred replica leads already; that is an answer of its own, and no failure of the request.
        List<TopicPartitionError> result = await ElectAsync(admin, new TopicPartition("led", 0));
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

    private static async Task ChangeAsync(IAdminClient admin, ConfigResource resource, params (string Name, AlterConfigOpType Operation, string? Value)[] changes) =>
        await admin.IncrementalAlterConfigsAsync(new()
        {
            [resource] = [.. changes.Select(static change => new ConfigEntry
            {
                Name = change.Name, IncrementalOperation = change.Operation, Value = change.Value,
            })],
        });

    private static (string Value, ConfigSource Source, bool IsDefault) Show(ConfigEntryResult entry) => (entry.Value, entry.Source, entry.IsDefault);

    private static async Task<string> OffsetsAsync(IAdminClient admin, string group, IEnumerable<TopicPartition> partitions)
    {
        ListConsumerGroupOffsetsResult result = Assert.Single(await admin.ListConsumerGroupOffsetsAsync([new(group, [.. partitions])]));
        return string.Join(' ', result.Partitions.OrderBy(static p => p.Partition.Value).Select(static p => $"{p.Partition.Value}@{p.Offset}"));
    }

    private static async Task<long> ListAsync(IAdminClient admin, TopicPartition partition, OffsetSpec spec)
    {
        ListOffsetsResult result = await admin.ListOffsetsAsync([new TopicPartitionOffsetSpec { TopicPartition = partition, OffsetSpec = spec }]);
        TopicPartitionOffsetError only = Assert.Single(result.ResultInfos).TopicPartitionOffsetError;
        Assert.False(only.Error.IsError, only.Error.ToString());
        return only.Offset.Value;
    }

    private static Task RunAsync(Func<Scenario, ConfluentClients, IAdminClient, Task> story)
    {
        ConfluentLibrary.Require();
        return Scenario.RunAsync(async scenario =>
        {
            ConfluentClients clients = new(scenario.BootstrapServers, scenario.Log);
            using IAdminClient admin = clients.CreateAdmin();
            await story(scenario, clients, admin);
        });
    }
}
