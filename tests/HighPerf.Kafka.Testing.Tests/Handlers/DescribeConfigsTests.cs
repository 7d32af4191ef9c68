using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Configs;

namespace HighPerf.Kafka.Testing.Tests.Handlers;

public sealed class DescribeConfigsTests
{
    [Fact]
    public void A_topic_tells_every_setting_with_value_source_and_type() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        RawClient client = await broker.ConnectAsync();
        foreach (short version in Requests.Versions(1, 4))
        {
            DescribeConfigsResponse.DescribeConfigsResult result = await Describe(client, ConfigResourceType.Topic, "t", version: version);
            Assert.Equal((0, (sbyte)2, "t"), (result.ErrorCode, result.ResourceType, result.ResourceName));
            Assert.Equal(TopicSettings.All.Select(setting => setting.Name), result.Configs.Select(config => config.Name));
            DescribeConfigsResponse.DescribeConfigsResourceResult retention = result.Get("retention.ms");
            Assert.Equal(("604800000", 5, false, false), (retention.Value, retention.ConfigSource, retention.ReadOnly, retention.IsSensitive));
            Assert.Empty(retention.Synonyms);
            Assert.Equal(version >= 3 ? 5 : 0, retention.ConfigType);
            Assert.Equal(version >= 3 ? 7 : 0, result.Get("cleanup.policy").ConfigType);
        }
    });

    [Fact]
    public void Synonyms_say_what_would_hold_without_the_setting() => TestBroker.Simulate(
        async broker =>
        {
            await broker.CreateTopicAsync("t");
            RawClient client = await broker.ConnectAsync();
            await AlterConfigsTests.Alter(client, ConfigResourceType.Broker, "", ("message.max.bytes", 0, "2000"));
            await AlterConfigsTests.Alter(client, ConfigResourceType.Broker, "1", ("message.max.bytes", 0, "3000"));
            await AlterConfigsTests.Alter(client, ConfigResourceType.Topic, "t", ("max.message.bytes", 0, "4000"));
            DescribeConfigsResponse.DescribeConfigsResourceResult size = (await Describe(client, ConfigResourceType.Topic, "t", synonyms: true))
                .Get("max.message.bytes");
            Assert.Equal(("4000", 1), (size.Value, size.ConfigSource));
            Assert.Equal(
                [
                    ("max.message.bytes", "4000", 1), ("message.max.bytes", "3000", 2), ("message.max.bytes", "2000", 3),
                    ("message.max.bytes", "5000", 4), ("message.max.bytes", "1048588", 5),
                ],
                size.Synonyms.Select(synonym => (synonym.Name, synonym.Value, (int)synonym.Source)));

            await AlterConfigsTests.Alter(client, ConfigResourceType.Topic, "t", ("max.message.bytes", 1, null));
            size = (await Describe(client, ConfigResourceType.Topic, "t")).Get("max.message.bytes");
            Assert.Equal(("3000", 2), (size.Value, size.ConfigSource));
            Assert.Empty(size.Synonyms);
        },
        new KafkaTestClusterOptions { MaxMessageBytes = 5000 });

    [Fact]
    public void Hours_stand_in_for_milliseconds_only_where_those_have_a_value() => TestBroker.Simulate(
        async broker =>
        {
            await broker.CreateTopicAsync("t");
            RawClient client = await broker.ConnectAsync();
            DescribeConfigsResponse.DescribeConfigsResourceResult retention =
                (await Describe(client, ConfigResourceType.Topic, "t", synonyms: true)).Get("retention.ms");
            Assert.Equal(("7200000", 5), (retention.Value, retention.ConfigSource));
            Assert.Empty(retention.Synonyms);

            await AlterConfigsTests.Alter(client, ConfigResourceType.Broker, "", ("log.retention.ms", 0, "9"));
            retention = (await Describe(client, ConfigResourceType.Topic, "t", synonyms: true)).Get("retention.ms");
            Assert.Equal(("9", 3), (retention.Value, retention.ConfigSource));
            Assert.Equal(["log.retention.ms", "log.retention.hours", "log.retention.hours"], retention.Synonyms.Select(synonym => synonym.Name));
        },
        Options("log.retention.hours", "2"));

    [Fact]
    public void Each_broker_tells_its_own_name_and_rack() => TestBroker.Simulate(
        async broker =>
        {
            foreach (int id in new[] { 1, 2 })
            {
                RawClient client = await broker.ConnectAsync(id);
                DescribeConfigsResponse.DescribeConfigsResult result = await Describe(client, ConfigResourceType.Broker, $"{id}");
                Assert.Equal(($"{id}", id == 2 ? "east" : null), (result.Get("broker.id").Value, result.Get("broker.rack").Value));
                Assert.Equal(ErrorCode.InvalidRequest, (ErrorCode)(await Describe(client, ConfigResourceType.Broker, $"{3 - id}")).ErrorCode);
            }
        },
        new KafkaTestClusterOptions { Brokers = 2, Racks = { [2] = "east" } });

    [Fact]
    public void A_broker_tells_its_own_settings_and_who_may_change_them() => TestBroker.Simulate(async broker =>
    {
        RawClient client = await broker.ConnectAsync();
        DescribeConfigsResponse.DescribeConfigsResult result = await Describe(client, ConfigResourceType.Broker, "1", synonyms: true);
        Assert.Equal(BrokerSettings.All.Select(setting => setting.Name), result.Configs.Select(config => config.Name));
        Assert.Equal(("1", 4, true), (result.Get("node.id").Value, result.Get("node.id").ConfigSource, result.Get("node.id").ReadOnly));
        Assert.Equal($"PLAINTEXT://{broker.Broker.Host}:{broker.Broker.Port}", result.Get("advertised.listeners").Value);
        Assert.Equal(("1", 5, true), (result.Get("num.partitions").Value, result.Get("num.partitions").ConfigSource, result.Get("num.partitions").ReadOnly));
        DescribeConfigsResponse.DescribeConfigsResourceResult retention = result.Get("log.retention.ms");
        Assert.Equal((null, 5, false), (retention.Value, retention.ConfigSource, retention.ReadOnly));
        Assert.Empty(retention.Synonyms);
        Assert.Equal(("log.retention.hours", "168"), result.Get("log.retention.hours").Synonyms.Select(s => (s.Name, s.Value)).Single());
    });

    [Fact]
    public void The_settings_of_all_brokers_are_those_that_were_set_for_all() => TestBroker.Simulate(
        async broker =>
        {
            RawClient client = await broker.ConnectAsync();
            Assert.Equal(["min.insync.replicas"], (await Describe(client, ConfigResourceType.Broker, "")).Configs.Select(config => config.Name));
            await AlterConfigsTests.Alter(client, ConfigResourceType.Broker, "", ("log.retention.ms", 0, "9"));
            DescribeConfigsResponse.DescribeConfigsResult result = await Describe(client, ConfigResourceType.Broker, "", synonyms: true);
            Assert.Equal(["log.retention.ms", "min.insync.replicas"], result.Configs.Select(config => config.Name));
            Assert.Equal(("9", 3), (result.Configs[0].Value, result.Configs[0].ConfigSource));
            Assert.Equal(3, Assert.Single(result.Configs[0].Synonyms).Source);
        },
        new KafkaTestClusterOptions().AsKafka("4.1"));

    [Fact]
    public void Only_what_is_asked_for_is_told() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        RawClient client = await broker.ConnectAsync();
        DescribeConfigsRequest request = Request(ConfigResourceType.Topic, "t");
        request.Resources[0].ConfigurationKeys = ["retention.ms", "no.such"];
        DescribeConfigsResponse.DescribeConfigsResourceResult only = Assert.Single((await client.CallAsync(request, 4)).Results[0].Configs);
        Assert.Equal(("retention.ms", null), (only.Name, only.Documentation));
        request.IncludeDocumentation = true;
        request.Resources[0].ConfigurationKeys = [];
        Assert.All((await client.CallAsync(request, 4)).Results[0].Configs, config => Assert.False(string.IsNullOrEmpty(config.Documentation)));
    });

    [Theory]
    [InlineData(ConfigResourceType.Topic, "nobody", ErrorCode.UnknownTopicOrPartition)]
    [InlineData(ConfigResourceType.Topic, "a b", ErrorCode.InvalidTopicException)]
    [InlineData(ConfigResourceType.Topic, "", ErrorCode.InvalidTopicException)]
    [InlineData(ConfigResourceType.Broker, "2", ErrorCode.InvalidRequest)]
    [InlineData(ConfigResourceType.Broker, "one", ErrorCode.InvalidRequest)]
    [InlineData(ConfigResourceType.BrokerLogger, "", ErrorCode.InvalidRequest)]
    [InlineData(ConfigResourceType.BrokerLogger, "2", ErrorCode.InvalidRequest)]
    [InlineData(ConfigResourceType.BrokerLogger, "1", ErrorCode.None)]
    [InlineData(ConfigResourceType.Group, "", ErrorCode.InvalidRequest)]
    [InlineData(ConfigResourceType.Group, "any", ErrorCode.None)]
    [InlineData(ConfigResourceType.ClientMetrics, "", ErrorCode.InvalidRequest)]
    [InlineData(ConfigResourceType.ClientMetrics, "any", ErrorCode.None)]
    [InlineData((ConfigResourceType)3, "1", ErrorCode.InvalidRequest)]
    public void What_cannot_be_described_is_told(object type, string name, ErrorCode expected) => TestBroker.Simulate(async broker =>
    {
        RawClient client = await broker.ConnectAsync();
        DescribeConfigsResponse.DescribeConfigsResult result = await Describe(client, (ConfigResourceType)type, name);
        Assert.Equal((expected, name), ((ErrorCode)result.ErrorCode, result.ResourceName));
        Assert.Equal(expected == ErrorCode.None, result.Configs.Count > 0);
    });

    [Fact]
    public void A_group_has_the_brokers_settings_until_it_has_its_own() => TestBroker.Simulate(async broker =>
    {
        RawClient client = await broker.ConnectAsync();
        DescribeConfigsResponse.DescribeConfigsResourceResult timeout =
            (await Describe(client, ConfigResourceType.Group, "g", synonyms: true)).Get("consumer.session.timeout.ms");
        Assert.Equal(("45000", 5), (timeout.Value, timeout.ConfigSource));
        Assert.Equal("group.consumer.session.timeout.ms", Assert.Single(timeout.Synonyms).Name);

        await AlterConfigsTests.Alter(client, ConfigResourceType.Group, "g", ("consumer.session.timeout.ms", 0, "50000"));
        timeout = (await Describe(client, ConfigResourceType.Group, "g", synonyms: true)).Get("consumer.session.timeout.ms");
        Assert.Equal(("50000", 8), (timeout.Value, timeout.ConfigSource));
        Assert.Equal([8, 5], timeout.Synonyms.Select(synonym => (int)synonym.Source));
        Assert.Equal((50_000, 5000), (broker.Model.GroupConfigs.SessionTimeoutMs("g"), broker.Model.GroupConfigs.HeartbeatIntervalMs("g")));
        Assert.Equal(45_000, broker.Model.GroupConfigs.SessionTimeoutMs("another"));
    });

    [Fact]
    public void Whatever_has_settings_is_listed() => TestBroker.Simulate(async broker =>
    {
        await broker.CreateTopicAsync("t");
        RawClient client = await broker.ConnectAsync();
        await AlterConfigsTests.Alter(client, ConfigResourceType.Group, "g", ("consumer.session.timeout.ms", 0, "50000"));
        await AlterConfigsTests.Alter(client, ConfigResourceType.ClientMetrics, "m", ("interval.ms", 0, "1000"));
        Assert.Equal("16 m", await List(client, 0));
        Assert.Equal("2 t, 4 1, 8 1, 16 m, 32 g", await List(client, 1));
        Assert.Equal("32 g, 2 t", await List(client, 1, 32, 2));
        ListConfigResourcesResponse refused = await client.CallAsync(new ListConfigResourcesRequest { ResourceTypes = [3] }, 1);
        Assert.Equal(ErrorCode.UnsupportedVersion, (ErrorCode)refused.ErrorCode);
    });

    private static KafkaTestClusterOptions Options(string name, string value)
    {
        KafkaTestClusterOptions options = new();
        options.BrokerSettings[name] = value;
        return options;
    }

    private static async Task<string> List(RawClient client, short version, params sbyte[] types)
    {
        ListConfigResourcesResponse response = await client.CallAsync(new ListConfigResourcesRequest { ResourceTypes = [.. types] }, version);
        Assert.Equal(0, response.ErrorCode);
        return string.Join(", ", response.ConfigResources.Select(resource => $"{resource.ResourceType} {resource.ResourceName}"));
    }

    private static DescribeConfigsRequest Request(ConfigResourceType type, string name) => new()
    {
        Resources = [new DescribeConfigsRequest.DescribeConfigsResource { ResourceType = (sbyte)type, ResourceName = name, ConfigurationKeys = null }],
    };

    private static async Task<DescribeConfigsResponse.DescribeConfigsResult> Describe(
        RawClient client, ConfigResourceType type, string name, bool synonyms = false, short version = 4)
    {
        DescribeConfigsRequest request = Request(type, name);
        request.IncludeSynonyms = synonyms;
        return Assert.Single((await client.CallAsync(request, version)).Results);
    }
}
