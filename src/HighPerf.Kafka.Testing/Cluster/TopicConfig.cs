using HighPerf.Kafka.Testing.Configs;
using HighPerf.Kafka.Testing.Releases;

namespace HighPerf.Kafka.Testing.Cluster;

/// <summary>
/// The settings of a topic: its own, and under them the brokers'. Every name that Apache Kafka knows is accepted and told; those that change what this cluster
/// does have a property, which always has the newest value. Owner: the cluster's loop.
/// </summary>
internal sealed class TopicConfig
{
    private readonly BrokerConfigs _brokers;

    public TopicConfig(BrokerConfigs brokers)
    {
        _brokers = brokers;
        Refresh();
    }

    /// <summary>What the brokers pass for.</summary>
    public KafkaRelease Release => _brokers.Release;

    /// <summary>What was set on the topic itself.</summary>
    public ConfigOverrides Overrides { get; private set; } = [];

    public int MaxMessageBytes { get; private set; }

    /// <summary>-1: everything is kept.</summary>
    public long RetentionBytes { get; private set; }

    /// <summary>-1: for ever.</summary>
    public long RetentionMs { get; private set; }

    public int SegmentBytes { get; private set; }

    public long SegmentMs { get; private set; }

    /// <summary>Whether the broker's clock is the records' timestamp.</summary>
    public bool LogAppendTime { get; private set; }

    public long TimestampBeforeMaxMs { get; private set; }

    public long TimestampAfterMaxMs { get; private set; }

    public int MinInsyncReplicas { get; private set; }

    public bool UncleanLeaderElection { get; private set; }

    /// <summary>How long a partition remembers a silent producer: the brokers' setting, topics have none.</summary>
    public long ProducerIdExpirationMs { get; private set; }

    /// <summary>Whether the cleanup policy has "compact".</summary>
    public bool IsCompacted { get; private set; }

    /// <summary>Whether the cleanup policy has "delete".</summary>
    public bool IsDeleted { get; private set; }

    /// <summary>How long a compacted topic keeps tombstones.</summary>
    public long DeleteRetentionMs { get; private set; }

    public long MinCompactionLagMs { get; private set; }

    public long MaxCompactionLagMs { get; private set; }

    public double MinCleanableDirtyRatio { get; private set; }

    /// <summary>"producer": batches stay as they come.</summary>
    public string CompressionType { get; private set; } = "";

    /// <summary>What is wrong with settings that a topic would have, in the words of Apache Kafka; null when all is well.</summary>
    public static string? Check(ConfigOverrides overrides)
    {
        foreach ((string name, string value) in overrides)
        {
            if (TopicSettings.Find(name) is not { } setting)
            {
                return $"Unknown topic config name: {name}";
            }

            if (setting.Check(value) is { } wrong)
            {
                return wrong;
            }
        }

        return null;
    }

    /// <summary>Replaces the topic's own settings, which were checked.</summary>
    public void Replace(ConfigOverrides overrides)
    {
        Overrides = [];
        foreach ((string name, string value) in overrides)
        {
            Overrides[name] = TopicSettings.Find(name)!.Normalize(value);
        }

        Refresh();
    }

    /// <summary>The value that holds, and where it comes from.</summary>
    public (string? Value, ConfigSource Source) Get(ConfigSetting setting, int brokerId = BrokerConfigs.AllBrokers)
    {
        if (Overrides.TryGetValue(setting.Name, out string? own))
        {
            return (own, ConfigSource.Topic);
        }

        foreach (ConfigSynonym synonym in setting.Synonyms)
        {
            (string? value, ConfigSource source) = _brokers.FindWithSource(synonym.Name, brokerId);
            if (value is not null)
            {
                return (synonym.Factor == 1 ? value : $"{ConfigSetting.ParseNumber(value) * synonym.Factor}", source);
            }
        }

        return (setting.Default, ConfigSource.Default);
    }

    /// <summary>Takes over what changed on the brokers.</summary>
    public void Refresh()
    {
        MaxMessageBytes = (int)GetNumber("max.message.bytes");
        RetentionBytes = GetNumber("retention.bytes");
        RetentionMs = GetNumber("retention.ms");
        SegmentBytes = (int)ConfigSetting.ParseNumber(Get(TopicSettings.InternalSegmentBytes).Value ?? GetText("segment.bytes"));
        SegmentMs = GetNumber("segment.ms");
        LogAppendTime = GetText("message.timestamp.type") == "LogAppendTime";
        TimestampBeforeMaxMs = GetNumber("message.timestamp.before.max.ms");
        TimestampAfterMaxMs = GetNumber("message.timestamp.after.max.ms");
        MinInsyncReplicas = (int)GetNumber("min.insync.replicas");
        UncleanLeaderElection = ConfigSetting.IsTrue(GetText("unclean.leader.election.enable"));
        string[] policies = ConfigSetting.Items(GetText("cleanup.policy"));
        IsCompacted = policies.Contains("compact");
        IsDeleted = policies.Contains("delete");
        DeleteRetentionMs = GetNumber("delete.retention.ms");
        MinCompactionLagMs = GetNumber("min.compaction.lag.ms");
        MaxCompactionLagMs = GetNumber("max.compaction.lag.ms");
        MinCleanableDirtyRatio = ConfigSetting.ParseFraction(GetText("min.cleanable.dirty.ratio"));
        CompressionType = GetText("compression.type");
        ProducerIdExpirationMs = _brokers.GetNumber("producer.id.expiration.ms");
    }

    private string GetText(string name) => Get(TopicSettings.Find(name)!).Value!;

    private long GetNumber(string name) => ConfigSetting.ParseNumber(GetText(name));
}
