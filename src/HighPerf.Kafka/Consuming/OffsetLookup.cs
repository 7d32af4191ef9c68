using HighPerf.Kafka.Metadata;

namespace HighPerf.Kafka.Consuming;

/// <summary>
/// Finds offsets that the application asks for, at whichever brokers lead the partitions, again and again until all are found or the time is over. One
/// per question.
/// </summary>
internal sealed class OffsetLookup
{
    private readonly ClusterClient _cluster;
    private readonly IsolationLevel _isolation;
    private readonly List<(TopicPartition Partition, long Timestamp)> _open;
    private readonly Dictionary<TopicPartition, long> _found = [];
    private KafkaException? _lastError;

    public OffsetLookup(ClusterClient cluster, IsolationLevel isolation, IEnumerable<(TopicPartition Partition, long Timestamp)> questions)
    {
        _cluster = cluster;
        _isolation = isolation;
        _open = [.. questions.Distinct()]; // brokers refuse to be asked twice in one request
    }

    /// <summary>An offset for each partition; -1 where no record is that late.</summary>
    /// <exception cref="KafkaBrokerException">A partition does not exist, or the brokers refuse.</exception>
    /// <exception cref="KafkaTimeoutException">Not all were found in time; says what went wrong last.</exception>
    public async Task<Dictionary<TopicPartition, long>> FindAsync(CancellationToken cancellationToken)
    {
        TimeSpan timeout = _cluster.Runtime.Options.OperationTimeout;
        TimeProvider time = _cluster.Runtime.Environment.Time;
        long start = time.GetTimestamp();
        while (true)
        {
            await AskOnceAsync(timeout, cancellationToken).ConfigureAwait(false);
            if (_open.Count == 0)
            {
                return _found;
            }

            if (time.GetElapsedTime(start) >= timeout)
            {
                throw new KafkaTimeoutException($"The offset of {_open[0].Partition} was not found within {timeout}. {_lastError?.Message}", _lastError);
            }

            TimeSpan pause = _cluster.Runtime.Options.RetryBackoff;
            await _cluster.DelayAsync(pause, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task AskOnceAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        SortedDictionary<int, List<ListedOffsets.Question>> byLeader = [];
        foreach ((TopicPartition partition, long timestamp) in _open)
        {
            TopicMetadata topic = await _cluster.Metadata.GetTopicAsync(partition.Topic, timeout, cancellationToken).ConfigureAwait(false);
            if ((uint)partition.Partition >= (uint)topic.Partitions.Length)
            {
                throw new KafkaException($"{partition} does not exist: topic {partition.Topic} has the partitions 0 to {topic.Partitions.Length - 1}.");
            }

            PartitionMetadata known = topic.Partitions[partition.Partition];
            if (known.Leader == PartitionMetadata.NoLeader)
            {
                _cluster.Metadata.RequestRefresh(partition.Topic);
                continue;
            }

            if (!byLeader.TryGetValue(known.Leader, out List<ListedOffsets.Question>? questions))
            {
                byLeader[known.Leader] = questions = [];
            }

            questions.Add(new ListedOffsets.Question(partition, known.LeaderEpoch, timestamp));
        }

        foreach ((int leader, List<ListedOffsets.Question> questions) in byLeader)
        {
            try
            {
                Take(await ListedOffsets.AskAsync(_cluster, leader, _isolation, questions, cancellationToken).ConfigureAwait(false));
            }
            catch (KafkaException e) when (e is KafkaConnectionException or KafkaTimeoutException)
            {
                _lastError = e;
                _cluster.Metadata.RequestRefresh();
            }
        }
    }

    private void Take(Dictionary<TopicPartition, Found> answers)
    {
        for (int i = _open.Count - 1; i >= 0; i--)
        {
            TopicPartition partition = _open[i].Partition;
            if (!answers.TryGetValue(partition, out Found found))
            {
                continue;
            }

            if (found.Error == ErrorCode.None)
            {
                _found[partition] = found.Offset;
                _open.RemoveAt(i);
                continue;
            }

            KafkaBrokerException error = new(found.Error, ApiKey.ListOffsets, partition);
            if (!error.IsRetriable)
            {
                throw error;
            }

            _lastError = error;
            _cluster.Metadata.RequestRefresh(partition.Topic);
        }
    }
}
