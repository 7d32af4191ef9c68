using HighPerf.Kafka.Testing.Cluster;

namespace HighPerf.Kafka.Testing.Configs;

/// <summary>
/// Changes settings, in the order of checks that Apache Kafka has: first what the asked broker finds wrong with the request, then what the controller finds
/// wrong with the values, at last whether the resource exists. Lives for one request, on the cluster's loop.
/// </summary>
internal sealed class ConfigEditor
{
    public static readonly ConfigVerdict ResourceTwice = new(ErrorCode.InvalidRequest, "Each resource must appear at most once.");

    private const string MinInsyncReplicas = "min.insync.replicas";

    private readonly EmbeddedCluster _cluster;
    private readonly int _brokerId;
    private readonly bool _validateOnly;

    public ConfigEditor(EmbeddedCluster cluster, int brokerId, bool validateOnly)
    {
        _cluster = cluster;
        _brokerId = brokerId;
        _validateOnly = validateOnly;
    }

    /// <summary>Changes the settings of one resource: all edits, or none.</summary>
    /// <param name="fromScratch">Whether what is not among the edits is forgotten (the legacy AlterConfigs).</param>
    public ConfigVerdict Edit(ConfigResourceType type, string name, List<ConfigEdit> edits, bool fromScratch)
    {
        if (edits.DistinctBy(edit => edit.Name, StringComparer.Ordinal).Count() != edits.Count)
        {
            return new ConfigVerdict(ErrorCode.InvalidRequest, "Error due to duplicate config keys");
        }

        string nulls = string.Join(", ", edits.Where(edit => edit.Value is null && edit.Operation != ConfigOperation.Delete).Select(edit => edit.Name));
        if (nulls.Length > 0)
        {
            return new ConfigVerdict(ErrorCode.InvalidRequest, $"Null value not supported for : {nulls}");
        }

        if (edits.FindIndex(edit => edit.Operation is < ConfigOperation.Set or > ConfigOperation.Subtract) is var at and >= 0)
        {
            return new ConfigVerdict(ErrorCode.InvalidRequest, $"Unknown operations type {(int)edits[at].Operation}");
        }

        return type switch
        {
            ConfigResourceType.Topic => EditTopic(name, edits, fromScratch),
            ConfigResourceType.Broker => EditBroker(name, edits, fromScratch),
            ConfigResourceType.Group => EditGroup(name, edits, fromScratch),
            ConfigResourceType.ClientMetrics => EditClientMetrics(name, edits, fromScratch),
            _ => new ConfigVerdict(ErrorCode.InvalidRequest, $"Unknown resource type {(int)type}"),
        };
    }

    private ConfigVerdict EditTopic(string name, List<ConfigEdit> edits, bool fromScratch)
    {
        Topic? topic = _cluster.Topics.Find(name);
        ConfigVerdict verdict = Apply(edits, fromScratch || topic is null ? [] : topic.Config.Overrides, TopicSettings.Find, out ConfigOverrides changed);
        if (!verdict.IsFine)
        {
            return verdict;
        }

        if (name.Length == 0)
        {
            return new ConfigVerdict(ErrorCode.InvalidRequest, "Default topic resources are not allowed.");
        }

        if (TopicName.Validate(name) is { } badName)
        {
            return new ConfigVerdict(ErrorCode.InvalidTopicException, $"Topic name is invalid: {badName}.");
        }

        if (TopicConfig.Check(changed) is { } wrong)
        {
            return new ConfigVerdict(ErrorCode.InvalidConfig, wrong);
        }

        if (topic is null)
        {
            return new ConfigVerdict(ErrorCode.UnknownTopicOrPartition, $"The topic '{name}' does not exist.");
        }

        if (!_validateOnly)
        {
            topic.Config.Replace(changed);
            _cluster.Maintenance.Require();
            _cluster.Log.Write($"topic {name}: other settings: {Describe(changed)}");
        }

        return ConfigVerdict.Fine;
    }

    private ConfigVerdict EditBroker(string name, List<ConfigEdit> edits, bool fromScratch)
    {
        int target = BrokerConfigs.AllBrokers;
        if (name.Length > 0)
        {
            if (!int.TryParse(name, out target))
            {
                return new ConfigVerdict(ErrorCode.InvalidRequest, $"Node id must be an integer, but it is: {name}");
            }

            if (target != _brokerId)
            {
                return new ConfigVerdict(ErrorCode.InvalidRequest, $"Unexpected broker id, expected {_brokerId}, but received {name}");
            }
        }

        ConfigOverrides before = _cluster.Configs.Dynamic(target);
        ConfigVerdict verdict = Apply(edits, fromScratch ? [] : before, BrokerSettings.Find, out ConfigOverrides changed);
        if (!verdict.IsFine)
        {
            return verdict;
        }

        if (CheckBroker(changed) is { } wrong)
        {
            return new ConfigVerdict(ErrorCode.InvalidRequest, wrong);
        }

        if (CheckMinInsyncReplicas(target, before, changed) is { } disallowed)
        {
            return new ConfigVerdict(ErrorCode.InvalidConfig, disallowed);
        }

        if (!_validateOnly)
        {
            _cluster.Configs.Replace(target, changed);
            _cluster.Maintenance.Require();
            _cluster.Log.Write($"{(name.Length == 0 ? "the brokers" : $"broker {name}")}: other settings: {Describe(changed)}");
        }

        return ConfigVerdict.Fine;
    }

    /// <summary>A name that nobody knows is allowed: it may belong to a plug-in.</summary>
    private static string? CheckBroker(ConfigOverrides changed)
    {
        string[] fixedOnes = [.. changed.Select(setting => setting.Key).Where(name => BrokerSettings.Find(name) is { Update: ConfigUpdate.ReadOnly })];
        if (fixedOnes.Length > 0)
        {
            return $"Cannot update these configs dynamically: Set({string.Join(", ", fixedOnes)})";
        }

        return changed.Select(setting => BrokerSettings.Find(setting.Key)?.Check(setting.Value)).FirstOrDefault(wrong => wrong is not null);
    }

    /// <summary>With eligible leader replicas (KIP-966) the setting is the same on all brokers, and always there.</summary>
    private string? CheckMinInsyncReplicas(int target, ConfigOverrides before, ConfigOverrides changed)
    {
        if (!_cluster.Features.HasEligibleLeaderReplicas)
        {
            return null;
        }

        if (target != BrokerConfigs.AllBrokers)
        {
            return changed.ContainsKey(MinInsyncReplicas) ? "Broker-level min.insync.replicas cannot be altered while ELR is enabled." : null;
        }

        bool removed = before.ContainsKey(MinInsyncReplicas) && !changed.ContainsKey(MinInsyncReplicas);
        return removed ? "Cluster-level min.insync.replicas cannot be removed while ELR is enabled." : null;
    }

    private ConfigVerdict EditGroup(string name, List<ConfigEdit> edits, bool fromScratch)
    {
        NamedConfigs groups = _cluster.GroupConfigs.Overrides;
        ConfigVerdict verdict = Apply(edits, fromScratch ? [] : groups.Get(name), GroupConfigs.Find, out ConfigOverrides changed);
        if (verdict.IsFine && name.Length == 0)
        {
            return new ConfigVerdict(ErrorCode.InvalidRequest, "Default group resources are not allowed.");
        }

        return verdict.IsFine ? Keep(groups, name, changed, _cluster.GroupConfigs.Check(changed)) : verdict;
    }

    private ConfigVerdict EditClientMetrics(string name, List<ConfigEdit> edits, bool fromScratch)
    {
        NamedConfigs subscriptions = _cluster.ClientMetricsConfigs;
        ConfigVerdict verdict = Apply(edits, fromScratch ? [] : subscriptions.Get(name), ClientMetricsSettings.Find, out ConfigOverrides changed);
        if (verdict.IsFine && name.Length == 0)
        {
            return new ConfigVerdict(ErrorCode.InvalidRequest, "Subscription name can't be empty");
        }

        return verdict.IsFine ? Keep(subscriptions, name, changed, ClientMetricsSettings.Check(changed)) : verdict;
    }

    private ConfigVerdict Keep(NamedConfigs configs, string name, ConfigOverrides changed, string? wrong)
    {
        if (wrong is null && !_validateOnly)
        {
            configs.Replace(name, changed);
        }

        return ConfigVerdict.Of(ErrorCode.InvalidConfig, wrong);
    }

    private static ConfigVerdict Apply(List<ConfigEdit> edits, ConfigOverrides current, Func<string, ConfigSetting?> find, out ConfigOverrides changed)
    {
        changed = new ConfigOverrides(current);
        foreach (ConfigEdit edit in edits)
        {
            switch (edit.Operation)
            {
                case ConfigOperation.Set:
                    changed[edit.Name] = edit.Value!;
                    break;
                case ConfigOperation.Delete:
                    changed.Remove(edit.Name);
                    break;
                default:
                    if (find(edit.Name) is not { Type: ConfigType.List } setting)
                    {
                        string operation = edit.Operation.ToString().ToUpperInvariant();
                        string message = $"Can't {operation} to key {edit.Name} because its type is not LIST.";
                        return new ConfigVerdict(ErrorCode.InvalidConfig, message);
                    }

                    changed[edit.Name] = Combine(edit, changed.GetValueOrDefault(edit.Name) ?? setting.Default ?? "");
                    break;
            }
        }

        return ConfigVerdict.Fine;
    }

    private static string Combine(in ConfigEdit edit, string current)
    {
        List<string> items = [.. ConfigSetting.Items(current)];
        foreach (string item in ConfigSetting.Items(edit.Value!))
        {
            if (edit.Operation == ConfigOperation.Subtract)
            {
                items.Remove(item);
            }
            else if (!items.Contains(item))
            {
                items.Add(item);
            }
        }

        return string.Join(',', items);
    }

    private static string Describe(ConfigOverrides overrides) =>
        overrides.Count == 0 ? "the defaults" : string.Join(", ", overrides.Select(setting => $"{setting.Key}={setting.Value}"));
}
