namespace HighPerf.Kafka.Interop.Tests.ConfluentClient;

using Confluent.Kafka;
using Confluent.Kafka.Admin;
using HighPerf.Kafka.Interop.Tests.Scenarios;

/// <summary>Confluent.Kafka's admin client: the cluster, settings, and groups.</summary>
public sealed class AdminTests
{
    [SkippableFact]
    public Task Settings_are_described_and_changed_one_by_one() => AdminScenario.RunAsync(async (scenario, clients, admin) =>
    {
        await scenario.CreateTopicAsync("set", 1);
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
    public Task The_cluster_is_described() => AdminScenario.RunAsync(async (scenario, clients, admin) =>
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
    public Task Offsets_of_a_group_are_listed_set_and_deleted_and_so_is_the_group() => AdminScenario.RunAsync(async (scenario, clients, admin) =>
    {
        await scenario.CreateTopicAsync("read", 3);
        TopicPartition[] partitions = [new("read", 0), new("read", 1), new("read", 2)];
        using (IConsumer<byte[]?, byte[]?> consumer = clients.CreateConsumer("g"))
        {
            consumer.Commit([new TopicPartitionOffset(partitions[0], 7), new TopicPartitionOffset(partitions[1], 9)]);
            List<TopicPartitionOffset> committed = consumer.Committed(partitions, TimeSpan.FromSeconds(10));
            Assert.Equal(["7", "9", "Unset [-1001]"], committed.Select(static offset => offset.Offset.ToString()));
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

    private static async Task ChangeAsync(
        IAdminClient admin, ConfigResource resource, params (string Name, AlterConfigOpType Operation, string? Value)[] changes) =>
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
}
