using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Configs;

namespace HighPerf.Kafka.Testing.Tests.Handlers;

public sealed class AlterConfigsTests
{
    private const sbyte Set = 0;
    private const sbyte Delete = 1;
    private const sbyte Append = 2;
    private const sbyte Subtract = 3;

    [Fact]
    public void A_change_takes_effect_at_once_and_goes_away_again() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        RawClient client = await broker.ConnectAsync();
        Assert.Equal(ErrorCode.None, await Alter(client, ConfigResourceType.Topic, "t", ("max.message.bytes", Set, "100")));
        Assert.Equal(ErrorCode.MessageTooLarge, (ErrorCode)(await client.CallAsync(Requests.Produce("t", 0, Batches.OfSize(200)), 9)).Single().ErrorCode);
        Assert.Equal(ErrorCode.None, await Alter(client, ConfigResourceType.Topic, "t", ("max.message.bytes", Delete, null)));
        Assert.Equal(0, (await client.CallAsync(Requests.Produce("t", 0, Batches.OfSize(200)), 9)).Single().ErrorCode);

        Assert.Equal(ErrorCode.None, await Alter(client, ConfigResourceType.Broker, "", ("message.max.bytes", Set, "100")));
        Assert.Equal(ErrorCode.MessageTooLarge, (ErrorCode)(await client.CallAsync(Requests.Produce("t", 0, Batches.OfSize(200)), 9)).Single().ErrorCode);
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Records_become_too_old_by_a_change_though_nothing_is_written_any_more(bool onTopic) => TestBroker.Simulate(
        async broker =>
        {
            await broker.CreateTopicAsync("t");
            RawClient client = await broker.ConnectAsync();
            await client.CallAsync(Requests.Produce("t", 0, Batches.Of("a", "b")), 9);
            await broker.WaitAsync(TimeSpan.FromSeconds(30));
            Assert.Equal(0, (await client.CallAsync(Requests.ListOffsets("t", 0, -2), 7)).Single().Offset);
            Assert.Equal(ErrorCode.None, onTopic
                ? await Alter(client, ConfigResourceType.Topic, "t", ("retention.ms", Set, "1"))
                : await Alter(client, ConfigResourceType.Broker, "", ("log.retention.ms", Set, "1")));
            await broker.WaitAsync(TimeSpan.FromSeconds(30));
            Assert.Equal(2, (await client.CallAsync(Requests.ListOffsets("t", 0, -2), 7)).Single().Offset);
        },
        ShortChecks());

    [Fact]
    public void Lists_are_appended_to_and_subtracted_from() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        RawClient client = await broker.ConnectAsync();
        Assert.Equal(ErrorCode.None, await Alter(client, ConfigResourceType.Topic, "t", ("cleanup.policy", Append, "compact,delete")));
        Assert.Equal("delete,compact", broker.Model.Topics.Find("t")!.Config.Overrides["cleanup.policy"]);
        Assert.Equal(ErrorCode.None, await Alter(client, ConfigResourceType.Topic, "t", ("cleanup.policy", Subtract, "delete")));
        Assert.Equal("compact", broker.Model.Topics.Find("t")!.Config.Overrides["cleanup.policy"]);
        Assert.Equal(ErrorCode.InvalidConfig, await Alter(client, ConfigResourceType.Topic, "t", ("retention.ms", Append, "1")));
    });

    [Fact]
    public void A_resource_changes_as_a_whole_or_not_at_all_and_others_do_not_notice() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        await broker.CreateTopicAsync("u");
        RawClient client = await broker.ConnectAsync();
        foreach (short version in Requests.Versions(0, 1))
        {
            IncrementalAlterConfigsRequest request = Request(ConfigResourceType.Topic, "t", ("retention.ms", Set, "5"), ("segment.ms", Set, "soon"));
            request.Resources.AddRange(Request(ConfigResourceType.Topic, "u", ("retention.ms", Set, $"{version}")).Resources);
            IncrementalAlterConfigsResponse response = await client.CallAsync(request, version);
            Assert.Equal([ErrorCode.InvalidConfig, ErrorCode.None], response.Responses.Select(answer => (ErrorCode)answer.ErrorCode));
            Assert.Equal("Invalid value soon for configuration segment.ms: Not a number of type LONG", response.Responses[0].ErrorMessage);
            Assert.Empty(broker.Model.Topics.Find("t")!.Config.Overrides);
            Assert.Equal(version, broker.Model.Topics.Find("u")!.Config.RetentionMs);
        }
    });

    [Fact]
    public void A_trial_changes_nothing() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        RawClient client = await broker.ConnectAsync();
        foreach ((ConfigResourceType type, string name, string setting) in new[]
        {
            (ConfigResourceType.Topic, "t", "retention.ms"), (ConfigResourceType.Broker, "1", "log.retention.ms"),
            (ConfigResourceType.Group, "g", "consumer.session.timeout.ms"), (ConfigResourceType.ClientMetrics, "m", "interval.ms"),
        })
        {
            IncrementalAlterConfigsRequest request = Request(type, name, (setting, Set, "50000"));
            request.ValidateOnly = true;
            Assert.Equal(0, Assert.Single((await client.CallAsync(request, 1)).Responses).ErrorCode);
        }

        Assert.Empty(broker.Model.Topics.Find("t")!.Config.Overrides);
        Assert.Empty(broker.Model.Configs.Dynamic(1));
        Assert.Empty(broker.Model.GroupConfigs.Overrides.Names);
        Assert.Empty(broker.Model.ClientMetricsConfigs.Names);
    });

    [Theory]
    [InlineData(ConfigResourceType.Topic, "nobody", "retention.ms", Set, "1", ErrorCode.UnknownTopicOrPartition)]
    [InlineData(ConfigResourceType.Topic, "nobody", "retention.ms", Set, "soon", ErrorCode.InvalidConfig)]
    [InlineData(ConfigResourceType.Topic, "", "retention.ms", Set, "1", ErrorCode.InvalidRequest)]
    [InlineData(ConfigResourceType.Topic, "a b", "retention.ms", Set, "1", ErrorCode.InvalidTopicException)]
    [InlineData(ConfigResourceType.Topic, "t", "retention.ms", Set, null, ErrorCode.InvalidRequest)]
    [InlineData(ConfigResourceType.Topic, "t", "no.such", Set, "1", ErrorCode.InvalidConfig)]
    [InlineData(ConfigResourceType.Topic, "t", "no.such", Delete, null, ErrorCode.None)]
    [InlineData(ConfigResourceType.Topic, "t", "retention.ms", (sbyte)9, "1", ErrorCode.InvalidRequest)]
    [InlineData(ConfigResourceType.Topic, "t", "min.compaction.lag.ms", Set, "9", ErrorCode.None)]
    [InlineData(ConfigResourceType.Broker, "2", "log.retention.ms", Set, "1", ErrorCode.InvalidRequest)]
    [InlineData(ConfigResourceType.Broker, "one", "log.retention.ms", Set, "1", ErrorCode.InvalidRequest)]
    [InlineData(ConfigResourceType.Broker, "", "num.partitions", Set, "4", ErrorCode.InvalidRequest)]
    [InlineData(ConfigResourceType.Broker, "1", "log.retention.ms", Set, "soon", ErrorCode.InvalidRequest)]
    [InlineData(ConfigResourceType.Broker, "1", "my.plugin.setting", Set, "x", ErrorCode.None)]
    [InlineData(ConfigResourceType.Broker, "1", "min.insync.replicas", Set, "2", ErrorCode.InvalidConfig)]
    [InlineData(ConfigResourceType.Broker, "", "min.insync.replicas", Delete, null, ErrorCode.InvalidConfig)]
    [InlineData(ConfigResourceType.Broker, "", "min.insync.replicas", Set, "2", ErrorCode.None)]
    [InlineData(ConfigResourceType.Group, "", "consumer.session.timeout.ms", Set, "50000", ErrorCode.InvalidRequest)]
    [InlineData(ConfigResourceType.Group, "g", "consumer.session.timeout.ms", Set, "1", ErrorCode.InvalidConfig)]
    [InlineData(ConfigResourceType.Group, "g", "consumer.session.timeout.ms", Set, "60001", ErrorCode.InvalidConfig)]
    [InlineData(ConfigResourceType.Group, "g", "consumer.heartbeat.interval.ms", Set, "15001", ErrorCode.InvalidConfig)]
    [InlineData(ConfigResourceType.Group, "g", "no.such", Set, "1", ErrorCode.InvalidConfig)]
    [InlineData(ConfigResourceType.ClientMetrics, "m", "no.such", Set, "1", ErrorCode.InvalidConfig)]
    [InlineData(ConfigResourceType.ClientMetrics, "m", "interval.ms", Set, "1", ErrorCode.InvalidConfig)]
    [InlineData(ConfigResourceType.BrokerLogger, "1", "root", Set, "INFO", ErrorCode.InvalidRequest)]
    [InlineData((ConfigResourceType)3, "t", "retention.ms", Set, "1", ErrorCode.InvalidRequest)]
    public void Changes_are_checked_as_by_Apache_Kafka(object type, string name, string setting, sbyte operation, string? value, ErrorCode expected) =>
        TestBroker.Simulate(async broker =>
        {
            await broker.CreateTopicAsync("t");
            RawClient client = await broker.ConnectAsync();
            IncrementalAlterConfigsResponse.AlterConfigsResourceResponse answer = Assert.Single(
                (await client.CallAsync(Request((ConfigResourceType)type, name, (setting, operation, value)), 1)).Responses);
            Assert.Equal((expected, (sbyte)(ConfigResourceType)type, name), ((ErrorCode)answer.ErrorCode, answer.ResourceType, answer.ResourceName));
            Assert.Equal(expected == ErrorCode.None, answer.ErrorMessage is null);
        });

    [Fact]
    public void Nothing_is_named_twice() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        RawClient client = await broker.ConnectAsync();
        Assert.Equal(ErrorCode.InvalidRequest, await Alter(client, ConfigResourceType.Topic, "t", ("retention.ms", Set, "1"), ("retention.ms", Delete, null)));
        IncrementalAlterConfigsRequest request = Request(ConfigResourceType.Topic, "t", ("retention.ms", Set, "1"));
        request.Resources.AddRange(Request(ConfigResourceType.Topic, "t", ("segment.ms", Set, "1")).Resources);
        IncrementalAlterConfigsResponse response = await client.CallAsync(request, 1);
        Assert.Equal([ErrorCode.InvalidRequest, ErrorCode.InvalidRequest], response.Responses.Select(answer => (ErrorCode)answer.ErrorCode));
        Assert.Empty(broker.Model.Topics.Find("t")!.Config.Overrides);
    });

    [Fact]
    public void The_older_way_forgets_what_is_not_named() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        RawClient client = await broker.ConnectAsync();
        foreach (short version in Requests.Versions(0, 2))
        {
            await Alter(client, ConfigResourceType.Topic, "t", ("retention.ms", Set, "1"), ("segment.ms", Set, "2"));
            AlterConfigsRequest request = new()
            {
                Resources =
                [
                    new AlterConfigsRequest.AlterConfigsResource
                    {
                        ResourceType = (sbyte)ConfigResourceType.Topic,
                        ResourceName = "t",
                        Configs = [new AlterConfigsRequest.AlterableConfig { Name = "segment.ms", Value = "3" }],
                    },
                ],
                ValidateOnly = true,
            };
            Assert.Equal(0, Assert.Single((await client.CallAsync(request, version)).Responses).ErrorCode);
            Assert.Equal(1, broker.Model.Topics.Find("t")!.Config.RetentionMs);
            request.ValidateOnly = false;
            Assert.Equal(0, Assert.Single((await client.CallAsync(request, version)).Responses).ErrorCode);
            Assert.Equal((604_800_000L, 3L), (broker.Model.Topics.Find("t")!.Config.RetentionMs, broker.Model.Topics.Find("t")!.Config.SegmentMs));
        }
    });

    private static KafkaTestClusterOptions ShortChecks()
    {
        KafkaTestClusterOptions options = new();
        options.BrokerSettings["log.retention.ms"] = "-1";
        options.BrokerSettings["log.retention.check.interval.ms"] = "10000";
        return options;
    }

    internal static async Task<ErrorCode> Alter(
        RawClient client, ConfigResourceType type, string name, params (string Name, sbyte Operation, string? Value)[] edits) =>
        (ErrorCode)Assert.Single((await client.CallAsync(Request(type, name, edits), 1)).Responses).ErrorCode;

    private static IncrementalAlterConfigsRequest Request(
        ConfigResourceType type, string name, params (string Name, sbyte Operation, string? Value)[] edits) => new()
    {
        Resources =
        [
            new IncrementalAlterConfigsRequest.AlterConfigsResource
            {
                ResourceType = (sbyte)type,
                ResourceName = name,
                Configs = [.. edits.Select(edit => new IncrementalAlterConfigsRequest.AlterableConfig
                {
                    Name = edit.Name,
                    ConfigOperation = edit.Operation,
                    Value = edit.Value,
                })],
            },
        ],
    };
}
