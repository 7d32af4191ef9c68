using System.Collections.Immutable;

namespace HighPerf.Kafka.Testing.Configs;

/// <summary>The settings of consumer groups (KIP-848): a group's own, and under them the brokers'. Owner: the cluster's loop.</summary>
internal sealed class GroupConfigs
{
    private const string SessionTimeout = "consumer.session.timeout.ms";
    private const string HeartbeatInterval = "consumer.heartbeat.interval.ms";

    /// <summary>A broker setting has the name of the group setting for which it is the default, and this before it.</summary>
    private const string BrokerPrefix = "group.";

    /// <summary>Sorted by name.</summary>
    public static readonly ImmutableArray<ConfigSetting> All =
    [
        new(HeartbeatInterval, ConfigType.Int, "5000", "How often the members of the group send heartbeats.")
        {
            Minimum = 1, Synonyms = [new ConfigSynonym(BrokerPrefix + HeartbeatInterval)],
        },
        new(SessionTimeout, ConfigType.Int, "45000", "After how long a silent member of the group is removed.")
        {
            Minimum = 1, Synonyms = [new ConfigSynonym(BrokerPrefix + SessionTimeout)],
        },
    ];

    private readonly BrokerConfigs _brokers;

    public GroupConfigs(BrokerConfigs brokers) => _brokers = brokers;

    /// <summary>What was set on groups.</summary>
    public NamedConfigs Overrides { get; } = new();

    public static ConfigSetting? Find(string name) => All.FirstOrDefault(setting => setting.Name == name);

    public int SessionTimeoutMs(string group) => (int)Get(Overrides.Get(group), SessionTimeout);

    public int HeartbeatIntervalMs(string group) => (int)Get(Overrides.Get(group), HeartbeatInterval);

    /// <summary>What is wrong with settings that a group would have, in the words of Apache Kafka; null when all is well.</summary>
    public string? Check(ConfigOverrides overrides)
    {
        foreach ((string name, string value) in overrides)
        {
            if (Find(name) is not { } setting)
            {
                return $"Unknown group config name: {name}";
            }

            if (setting.Check(value) is { } wrong)
            {
                return wrong;
            }
        }

        string? outside = CheckBounds(overrides, HeartbeatInterval, "heartbeat.interval.ms") ?? CheckBounds(overrides, SessionTimeout, "session.timeout.ms");
        bool tooShort = Get(overrides, SessionTimeout) <= Get(overrides, HeartbeatInterval);
        return outside ?? (tooShort ? $"{SessionTimeout} must be greater than {HeartbeatInterval}" : null);
    }

    private string? CheckBounds(ConfigOverrides overrides, string name, string bound)
    {
        string min = $"group.consumer.min.{bound}";
        string max = $"group.consumer.max.{bound}";
        long value = Get(overrides, name);
        if (value < _brokers.GetNumber(min))
        {
            return $"{name} must be greater than or equal to {min}";
        }

        return value > _brokers.GetNumber(max) ? $"{name} must be less than or equal to {max}" : null;
    }

    private long Get(ConfigOverrides overrides, string name) =>
        overrides.TryGetValue(name, out string? own) ? ConfigSetting.ParseNumber(own) : _brokers.GetNumber(BrokerPrefix + name);
}
