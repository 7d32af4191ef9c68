using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Configs;

namespace HighPerf.Kafka.Testing;

/// <summary>Topics with replicas and settings of their own, and what time does to their logs.</summary>
public sealed partial class KafkaTestCluster
{
    /// <summary>Creates a topic with replicas and settings.</summary>
    /// <param name="name">Up to 249 ASCII letters, digits, dots, underscores and hyphens.</param>
    /// <param name="partitions">How many partitions, 1 to 10,000.</param>
    /// <param name="replicationFactor">How many brokers have a copy of each; at most as many as there are.</param>
    /// <param name="settings">Topic settings, as <c>retention.ms</c>.</param>
    /// <exception cref="ArgumentException">The name, a number or a setting makes no sense.</exception>
    /// <exception cref="InvalidOperationException">There is such a topic.</exception>
    /// <exception cref="ObjectDisposedException">The cluster is disposed.</exception>
    public Task CreateTopicAsync(string name, int partitions, int replicationFactor, IReadOnlyDictionary<string, string> settings)
    {
        CheckTopic(name, partitions, replicationFactor);
        ArgumentNullException.ThrowIfNull(settings);
        ConfigOverrides overrides = [];
        foreach ((string setting, string value) in settings.OrderBy(static setting => setting.Key, StringComparer.Ordinal))
        {
            overrides[setting] = value;
        }

        return TopicConfig.Check(overrides) is { } wrong
            ? throw new ArgumentException(wrong, nameof(settings))
            : CallAsync(() => CreateTopic(name, partitions, replicationFactor, overrides));
    }

    /// <summary>Deletes a topic with its records and the offsets that groups committed for it.</summary>
    /// <param name="name">The topic.</param>
    /// <exception cref="InvalidOperationException">There is no such topic.</exception>
    public Task DeleteTopicAsync(string name) => ChangeAsync(
        () => _cluster.DeleteTopic(_cluster.Topics.Find(name) ?? throw new InvalidOperationException($"There is no topic {name}.")));

    /// <summary>
    /// Compacts a partition now, all that may be compacted, whatever its <c>cleanup.policy</c> says: of each key the last record stays. Tombstones go in a
    /// later run, when <c>delete.retention.ms</c> is over.
    /// </summary>
    /// <param name="topic">The topic.</param>
    /// <param name="partition">The partition.</param>
    public Task CompactAsync(string topic, int partition) => ChangeAsync(() => FindPartition(topic, partition).Compact(_cluster.NowMs));

    /// <summary>
    /// Lets go now of the records that <c>retention.ms</c> lets go of; by itself the cluster looks every <c>log.retention.check.interval.ms</c> (5 minutes).
    /// </summary>
    /// <param name="topic">The topic.</param>
    /// <param name="partition">The partition.</param>
    public Task DropOldRecordsAsync(string topic, int partition) => ChangeAsync(() => FindPartition(topic, partition).Maintain(_cluster.NowMs));

    private void CheckTopic(string name, int partitions, int replicationFactor)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentOutOfRangeException.ThrowIfLessThan(partitions, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(partitions, TopicRegistry.MaxPartitions);
        ArgumentOutOfRangeException.ThrowIfLessThan(replicationFactor, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(replicationFactor, _cluster.Options.Brokers);
        if (TopicName.Validate(name) is { } wrong)
        {
            throw new ArgumentException($"A topic cannot be created: {wrong}.", nameof(name));
        }
    }

    private Topic CreateTopic(string name, int partitions, int replicationFactor, ConfigOverrides overrides)
    {
        if ((_cluster.Topics.Find(name)?.Name ?? _cluster.Topics.FindCollision(name)) is { } existing)
        {
            throw new InvalidOperationException($"The topic {name} cannot be created: there is the topic {existing}.");
        }

        TopicConfig config = new(_cluster.Configs);
        config.Replace(overrides);
        return _cluster.CreateTopic(name, _cluster.Assign(partitions, replicationFactor), config);
    }
}
