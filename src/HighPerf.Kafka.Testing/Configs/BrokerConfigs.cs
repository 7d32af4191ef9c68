using HighPerf.Kafka.Testing.Releases;

namespace HighPerf.Kafka.Testing.Configs;

/// <summary>
/// The settings of the brokers: for one broker, then for all (both can change while they run), then as the cluster was started, then Apache Kafka's default.
/// Owner: the cluster's loop.
/// </summary>
internal sealed class BrokerConfigs
{
    /// <summary>Instead of a broker's id: what holds for all brokers.</summary>
    public const int AllBrokers = -1;

    /// <summary>Tests want members to die quickly; Apache Kafka has six seconds.</summary>
    private const string SmallestSessionTimeoutMs = "10";

    /// <summary>
    /// Some batches, that stay in a processor's cache. With it a record of 100 bytes from librdkafka 2.15 (acks all, one partition, 2 cores) costs the broker
    /// 0.04 to 0.07 microseconds, 13 % of what it costs the producer: the median of 9 runs of 3 million records, the first one cold.
    /// </summary>
    private const long KeptWhenDiscarding = 256 * 1024;

    private readonly Dictionary<string, string> _static = new(StringComparer.Ordinal);
    private readonly Dictionary<int, ConfigOverrides> _nodes = [];
    private readonly Dictionary<int, ConfigOverrides> _dynamic = [];
    private readonly ConfigOverrides _nothing = [];

    public BrokerConfigs(KafkaTestClusterOptions options)
    {
        Release = new KafkaRelease(options.KafkaVersion ?? KafkaRelease.Default);
        SetStatic("auto.create.topics.enable", options.AutoCreateTopics ? "true" : "false");
        SetStatic("num.partitions", $"{options.DefaultPartitions}");
        SetStatic("default.replication.factor", $"{options.DefaultReplicationFactor}");
        SetStatic("message.max.bytes", $"{options.MaxMessageBytes}");
        SetStatic("log.retention.bytes", $"{(options.Discard ? KeptWhenDiscarding : options.RetentionBytes)}");
        SetStatic("socket.request.max.bytes", $"{options.MaxFrameBytes}");
        SetStatic("group.initial.rebalance.delay.ms", $"{(long)options.GroupInitialRebalanceDelay.TotalMilliseconds}");
        SetStatic("group.min.session.timeout.ms", SmallestSessionTimeoutMs);
        foreach ((string name, string value) in options.BrokerSettings)
        {
            SetStatic(name, value);
        }
    }

    /// <summary>What the brokers pass for.</summary>
    public KafkaRelease Release { get; }

    /// <summary>Runs after a change, with everything in place.</summary>
    public Action? Changed { get; set; }

    /// <summary>The value that holds on a broker, or for all, and where it comes from; null when there is none.</summary>
    public (string? Value, ConfigSource Source) FindWithSource(string name, int brokerId = AllBrokers)
    {
        for (ConfigSource source = ConfigSource.DynamicBroker; source < ConfigSource.Default; source++)
        {
            if (Find(name, brokerId, source) is { } value)
            {
                return (value, source);
            }
        }

        return (Find(name, brokerId, ConfigSource.Default), ConfigSource.Default);
    }

    /// <summary>The value that one source has for a broker, or for all; null when it has none.</summary>
    public string? Find(string name, int brokerId, ConfigSource source) => source switch
    {
        ConfigSource.DynamicBroker when brokerId != AllBrokers => Dynamic(brokerId).GetValueOrDefault(name),
        ConfigSource.DynamicDefaultBroker => Dynamic(AllBrokers).GetValueOrDefault(name),
        ConfigSource.StaticBroker => _nodes.GetValueOrDefault(brokerId)?.GetValueOrDefault(name) ?? _static.GetValueOrDefault(name),
        ConfigSource.Default => BrokerSettings.Find(name)?.Default,
        _ => null,
    };

    /// <summary>A setting that always has a value.</summary>
    public string Get(string name, int brokerId = AllBrokers) => FindWithSource(name, brokerId).Value!;

    public long GetNumber(string name, int brokerId = AllBrokers) => ConfigSetting.ParseNumber(Get(name, brokerId));

    public bool GetBoolean(string name, int brokerId = AllBrokers) => ConfigSetting.IsTrue(Get(name, brokerId));

    /// <summary>What was set for a broker, or for all, while they run.</summary>
    public ConfigOverrides Dynamic(int brokerId) => _dynamic.GetValueOrDefault(brokerId) ?? _nothing;

    /// <summary>Replaces what was set for a broker, or for all, while they run. The settings were checked.</summary>
    public void Replace(int brokerId, ConfigOverrides overrides)
    {
        _dynamic[brokerId] = overrides;
        Changed?.Invoke();
    }

    /// <summary>What a broker was started with that the others were not.</summary>
    public void SetNode(int brokerId, ConfigOverrides settings) => _nodes[brokerId] = settings;

    /// <summary>As with a file of settings, what is the default anyway counts as not set.</summary>
    private void SetStatic(string name, string value)
    {
        ConfigSetting setting = BrokerSettings.Find(name)!;
        string normal = setting.Normalize(value);
        _static.Remove(name);
        if (normal != setting.Default)
        {
            _static.Add(name, normal);
        }
    }
}
