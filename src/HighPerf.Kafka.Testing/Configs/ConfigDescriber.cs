using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;

namespace HighPerf.Kafka.Testing.Configs;

/// <summary>
/// Tells settings as DescribeConfigs has them: the value that holds, where it comes from, and (as synonyms) what would hold without that. Lives for one
/// resource, on the cluster's loop.
/// </summary>
internal sealed class ConfigDescriber
{
    private readonly BrokerConfigs _brokers;
    private readonly int _brokerId;
    private readonly ConfigQuery _query;

    public ConfigDescriber(BrokerConfigs brokers, int brokerId, ConfigQuery query)
    {
        _brokers = brokers;
        _brokerId = brokerId;
        _query = query;
    }

    public List<DescribeConfigsResponse.DescribeConfigsResourceResult> Results { get; } = [];

    public void AddTopic(TopicConfig config)
    {
        foreach (ConfigSetting setting in TopicSettings.All)
        {
            Add(setting, config.Get(setting, _brokerId).Value, config.Overrides, ConfigSource.Topic);
        }
    }

    public void AddGroup(ConfigOverrides own)
    {
        foreach (ConfigSetting setting in GroupConfigs.All)
        {
            Add(setting, own.GetValueOrDefault(setting.Name) ?? _brokers.Get(setting.Synonyms[0].Name, _brokerId), own, ConfigSource.Group);
        }
    }

    public void AddClientMetrics(ConfigOverrides own)
    {
        foreach (ConfigSetting setting in ClientMetricsSettings.All)
        {
            Add(setting, own.GetValueOrDefault(setting.Name) ?? setting.Default, own, ConfigSource.ClientMetrics);
        }
    }

    /// <summary>All settings of the broker.</summary>
    public void AddBroker()
    {
        foreach (ConfigSetting setting in BrokerSettings.All)
        {
            List<DescribeConfigsResponse.DescribeConfigsSynonym> synonyms = BrokerSynonyms(setting.Name, _brokerId);
            Add(setting, _brokers.FindWithSource(setting.Name, _brokerId).Value, synonyms, setting.Update == ConfigUpdate.ReadOnly);
        }
    }

    /// <summary>What was set for all brokers while they run.</summary>
    public void AddAllBrokers()
    {
        foreach ((string name, string value) in _brokers.Dynamic(BrokerConfigs.AllBrokers))
        {
            ConfigSetting setting = BrokerSettings.Find(name) ?? new ConfigSetting(name, default, null, "");
            Add(setting, value, [Synonym(name, value, ConfigSource.DynamicDefaultBroker)], setting.Update == ConfigUpdate.ReadOnly);
        }
    }

    /// <summary>The one logger that there is.</summary>
    public void AddLoggers()
    {
        const string Root = "root";
        if (_query.Wants(Root))
        {
            Results.Add(new DescribeConfigsResponse.DescribeConfigsResourceResult
            {
                Name = Root,
                Value = "INFO",
                ConfigSource = (sbyte)ConfigSource.DynamicBrokerLogger,
                Documentation = null,
            });
        }
    }

    private void Add(ConfigSetting setting, string? value, ConfigOverrides own, ConfigSource source)
    {
        List<DescribeConfigsResponse.DescribeConfigsSynonym> synonyms = [];
        if (own.TryGetValue(setting.Name, out string? set))
        {
            synonyms.Add(Synonym(setting.Name, set, source));
        }

        if (setting.Synonyms.Length > 0)
        {
            synonyms.AddRange(BrokerSynonyms(setting.Synonyms[0].Name, _brokerId));
        }

        Add(setting, value, synonyms, readOnly: false);
    }

    private void Add(ConfigSetting setting, string? value, List<DescribeConfigsResponse.DescribeConfigsSynonym> synonyms, bool readOnly)
    {
        if (!_query.Wants(setting.Name))
        {
            return;
        }

        Results.Add(new DescribeConfigsResponse.DescribeConfigsResourceResult
        {
            Name = setting.Name,
            Value = value,
            ConfigSource = synonyms.Count > 0 ? synonyms[0].Source : (sbyte)ConfigSource.Default,
            ReadOnly = readOnly,
            Synonyms = _query.WithSynonyms ? synonyms : [],
            ConfigType = (sbyte)setting.Type,
            Documentation = _query.WithDocumentation ? setting.Documentation : null,
        });
    }

    /// <summary>
    /// Everywhere that a broker setting, or one that stands in for it, has a value, the strongest first. What stands before the setting's own first value is
    /// left out, as Apache Kafka does: hence log.retention.hours is not told where log.retention.ms has no value.
    /// </summary>
    private List<DescribeConfigsResponse.DescribeConfigsSynonym> BrokerSynonyms(string name, int brokerId)
    {
        List<DescribeConfigsResponse.DescribeConfigsSynonym> found = [];
        string[] names = BrokerSettings.StandIns(name);
        foreach (ConfigSource source in (ReadOnlySpan<ConfigSource>)
            [ConfigSource.DynamicBroker, ConfigSource.DynamicDefaultBroker, ConfigSource.StaticBroker, ConfigSource.Default])
        {
            foreach (string candidate in names)
            {
                if (_brokers.Find(candidate, brokerId, source) is { } value)
                {
                    found.Add(Synonym(candidate, value, source));
                }
            }
        }

        return [.. found.SkipWhile(synonym => synonym.Name != name)];
    }

    private static DescribeConfigsResponse.DescribeConfigsSynonym Synonym(string name, string value, ConfigSource source) =>
        new() { Name = name, Value = value, Source = (sbyte)source };
}
