using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Configs;

namespace HighPerf.Kafka.Testing.Tests.Configs;

public sealed class TopicConfigTests
{
    [Fact]
    public void Without_settings_a_topic_has_the_defaults_of_Apache_Kafka()
    {
        TopicConfig config = new(new BrokerConfigs(new KafkaTestClusterOptions()));
        Assert.Equal((1_048_588, -1L, 604_800_000L, 1 << 30), (config.MaxMessageBytes, config.RetentionBytes, config.RetentionMs, config.SegmentBytes));
        Assert.Equal((long.MaxValue, 3_600_000L), (config.TimestampBeforeMaxMs, config.TimestampAfterMaxMs));
        Assert.Equal((1, false, false, true), (config.MinInsyncReplicas, config.UncleanLeaderElection, config.IsCompacted, config.IsDeleted));
        Assert.Equal((86_400_000L, 0L, long.MaxValue), (config.DeleteRetentionMs, config.MinCompactionLagMs, config.MaxCompactionLagMs));
        Assert.Equal(0.5, config.MinCleanableDirtyRatio);
        Assert.Equal(("producer", false, 604_800_000L), (config.CompressionType, config.LogAppendTime, config.SegmentMs));
    }

    [Fact]
    public void A_topics_own_setting_goes_before_the_brokers_and_comes_and_goes_at_once()
    {
        KafkaTestClusterOptions options = new() { MaxMessageBytes = 5000 };
        options.BrokerSettings["log.retention.minutes"] = "2";
        options.BrokerSettings["min.insync.replicas"] = "2";
        BrokerConfigs brokers = new(options);
        TopicConfig config = new(brokers);
        Assert.Equal((5000, 120_000L, 2), (config.MaxMessageBytes, config.RetentionMs, config.MinInsyncReplicas));

        brokers.Replace(BrokerConfigs.AllBrokers, new ConfigOverrides { ["log.retention.ms"] = "7" });
        config.Refresh();
        Assert.Equal(7, config.RetentionMs);

        config.Replace(new ConfigOverrides { ["retention.ms"] = " 9 ", ["cleanup.policy"] = "compact, delete", ["internal.segment.bytes"] = "100" });
        Assert.Equal((9L, true, true, 100), (config.RetentionMs, config.IsCompacted, config.IsDeleted, config.SegmentBytes));
        Assert.Equal(("compact,delete", ConfigSource.Topic), config.Get(TopicSettings.Find("cleanup.policy")!));

        config.Replace([]);
        Assert.Equal((7L, false), (config.RetentionMs, config.IsCompacted));
    }

    [Theory]
    [InlineData("retention.ms", "-2", "Invalid value -2 for configuration retention.ms: Value must be at least -1")]
    [InlineData("retention.ms", "soon", "Invalid value soon for configuration retention.ms: Not a number of type LONG")]
    [InlineData("segment.bytes", "9999999999", "Invalid value 9999999999 for configuration segment.bytes: Not a number of type INT")]
    [InlineData("segment.bytes", "1000", "Invalid value 1000 for configuration segment.bytes: Value must be at least 1048576")]
    [InlineData("cleanup.policy", "delete,sweep", "Invalid value delete,sweep for configuration cleanup.policy: String must be one of: compact, delete")]
    [InlineData("preallocate", "yes", "Invalid value yes for configuration preallocate: Expected value to be either true or false")]
    [InlineData("min.cleanable.dirty.ratio", "1.5", "Invalid value 1.5 for configuration min.cleanable.dirty.ratio: Value must be no more than 1")]
    [InlineData("no.such", "1", "Unknown topic config name: no.such")]
    [InlineData("preallocate", "TRUE", null)]
    [InlineData("cleanup.policy", "compact , delete", null)]
    public void Values_are_checked_in_the_words_of_Apache_Kafka(string name, string value, string? expected) =>
        Assert.Equal(expected, TopicConfig.Check(new ConfigOverrides { [name] = value }));

    [Fact]
    public void Every_broker_setting_behind_a_topic_setting_exists_and_has_the_same_default()
    {
        BrokerConfigs brokers = new(new KafkaTestClusterOptions());
        foreach (ConfigSetting setting in TopicSettings.All)
        {
            Assert.All(setting.Synonyms, synonym => Assert.NotNull(BrokerSettings.Find(synonym.Name)));
            Assert.Equal(setting.Default, new TopicConfig(brokers).Get(setting).Value);
        }
    }
}
