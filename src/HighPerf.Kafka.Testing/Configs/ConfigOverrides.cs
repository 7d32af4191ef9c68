namespace HighPerf.Kafka.Testing.Configs;

/// <summary>Settings with their values, sorted by name: what was set on one resource.</summary>
internal sealed class ConfigOverrides : SortedDictionary<string, string>
{
    public ConfigOverrides()
        : base(StringComparer.Ordinal)
    {
    }

    public ConfigOverrides(ConfigOverrides other)
        : base(other, StringComparer.Ordinal)
    {
    }
}
