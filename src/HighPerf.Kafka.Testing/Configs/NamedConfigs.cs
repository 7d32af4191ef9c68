namespace HighPerf.Kafka.Testing.Configs;

/// <summary>The settings of things that exist only through them, by name: groups, subscriptions to client metrics. Owner: the cluster's loop.</summary>
internal sealed class NamedConfigs
{
    private readonly SortedDictionary<string, ConfigOverrides> _byName = new(StringComparer.Ordinal);

    public IEnumerable<string> Names => _byName.Keys;

    public ConfigOverrides Get(string name) => _byName.GetValueOrDefault(name) ?? [];

    /// <summary>Replaces all settings of a name; none are left: the name is gone.</summary>
    public void Replace(string name, ConfigOverrides overrides)
    {
        if (overrides.Count == 0)
        {
            _byName.Remove(name);
        }
        else
        {
            _byName[name] = overrides;
        }
    }
}
