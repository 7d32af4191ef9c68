using HighPerf.Kafka.Administration;

namespace HighPerf.Kafka;

/// <summary>
/// Creates, deletes, lists and describes topics. From <see cref="KafkaClient.Topics"/>. Thread-safe. Every call takes at most
/// <see cref="KafkaClientOptions.OperationTimeout"/>, retries included.
/// </summary>
public sealed class KafkaTopics
{
    private readonly KafkaClient _client;
    private readonly TopicOperations _operations;

    internal KafkaTopics(KafkaClient client)
    {
        _client = client;
        _operations = new TopicOperations(client.Cluster);
    }

    /// <summary>Creates a topic.</summary>
    /// <exception cref="KafkaBrokerException">The brokers refuse; the code says why (<see cref="ErrorCode.TopicAlreadyExists"/>, for example).</exception>
    /// <exception cref="KafkaTimeoutException">No broker answered in time.</exception>
    /// <exception cref="KafkaConnectionException">The connection was lost before the answer: the topic may have been created.</exception>
    public Task CreateAsync(NewTopic topic, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(topic);
        ArgumentException.ThrowIfNullOrEmpty(topic.Name);
        if (topic.Partitions is < 1)
        {
            throw new ArgumentException($"Partitions is {topic.Partitions}; a topic has at least one.", nameof(topic));
        }

        if (topic.ReplicationFactor is < 1)
        {
            throw new ArgumentException($"ReplicationFactor is {topic.ReplicationFactor}; a partition has at least one copy.", nameof(topic));
        }

        _client.ThrowIfDisposed();
        return _operations.CreateAsync(topic, cancellationToken);
    }

    /// <summary>Deletes a topic with all its records.</summary>
    /// <exception cref="KafkaBrokerException">The brokers refuse; the code says why.</exception>
    /// <exception cref="KafkaTimeoutException">No broker answered in time.</exception>
    /// <exception cref="KafkaConnectionException">The connection was lost before the answer: the topic may have been deleted.</exception>
    public Task DeleteAsync(string topic, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(topic);
        _client.ThrowIfDisposed();
        return _operations.DeleteAsync(topic, cancellationToken);
    }

    /// <summary>All topics this client may see, by name.</summary>
    /// <exception cref="KafkaTimeoutException">No broker answered in time.</exception>
    public Task<IReadOnlyList<TopicDescription>> ListAsync(CancellationToken cancellationToken = default)
    {
        _client.ThrowIfDisposed();
        return _operations.ListAsync(cancellationToken);
    }

    /// <summary>One topic.</summary>
    /// <exception cref="KafkaBrokerException">The topic does not exist, or this client may not see it.</exception>
    /// <exception cref="KafkaTimeoutException">No broker answered in time.</exception>
    public Task<TopicDescription> DescribeAsync(string topic, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(topic);
        _client.ThrowIfDisposed();
        return _operations.DescribeAsync(topic, cancellationToken);
    }
}
