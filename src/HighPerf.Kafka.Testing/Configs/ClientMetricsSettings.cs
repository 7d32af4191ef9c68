using System.Collections.Immutable;

namespace HighPerf.Kafka.Testing.Configs;

/// <summary>The settings of a subscription to client metrics (KIP-714). They are kept and told; nothing is collected. Never changes.</summary>
internal static class ClientMetricsSettings
{
    /// <summary>Sorted by name.</summary>
    public static readonly ImmutableArray<ConfigSetting> All =
    [
        new("interval.ms", ConfigType.Int, "300000", "How often clients push their metrics.") { Minimum = 100, Maximum = 3_600_000 },
        new("match", ConfigType.List, "", "Which clients the subscription is for."),
        new("metrics", ConfigType.List, "", "Which metrics clients push."),
    ];

    public static ConfigSetting? Find(string name) => All.FirstOrDefault(setting => setting.Name == name);

    /// <summary>What is wrong with settings; null when all is well.</summary>
    public static string? Check(ConfigOverrides overrides)
    {
        foreach ((string name, string value) in overrides)
        {
            if (Find(name) is not { } setting)
            {
                return $"Unknown client metrics configuration: {name}";
            }

            if (setting.Check(value) is { } wrong)
            {
                return wrong;
            }
        }

        return null;
    }
}
