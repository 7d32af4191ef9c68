using HighPerf.Kafka.Administration;
using HighPerf.Kafka.Consuming;

namespace HighPerf.Kafka;

/// <summary>
/// Lists, describes and deletes groups, and reads and sets their committed offsets, from outside. From <see cref="KafkaClient.Groups"/>. Thread-safe.
/// Each step of a call (finding the coordinator, asking it, asking for the ends of the logs) takes at most
/// <see cref="KafkaClientOptions.OperationTimeout"/>, retries included. A group's coordinator may move at any time; calls follow it.
/// </summary>
public sealed class KafkaGroups
{
    private readonly KafkaClient _client;
    private readonly GroupOperations _operations;
    private readonly GroupOffsetOperations _offsets;
    private readonly TopicOperations _topics;

    internal KafkaGroups(KafkaClient client)
    {
        _client = client;
        _operations = new GroupOperations(client.Cluster);
        _offsets = new GroupOffsetOperations(client.Cluster);
        _topics = new TopicOperations(client.Cluster);
    }

    /// <summary>All groups that this client may see, by name: those of every broker.</summary>
    /// <exception cref="KafkaTimeoutException">A broker did not answer in time.</exception>
    /// <exception cref="KafkaBrokerException">A broker refuses.</exception>
    public Task<IReadOnlyList<GroupListing>> ListAsync(CancellationToken cancellationToken = default)
    {
        _client.ThrowIfDisposed();
        return _operations.ListAsync(cancellationToken);
    }

    /// <summary>One group with its members and what they read; of the classic protocol or of KIP-848.</summary>
    /// <exception cref="KafkaBrokerException">The group does not exist (<see cref="ErrorCode.GroupIdNotFound"/>), or this client may not see it.</exception>
    /// <exception cref="KafkaTimeoutException">Its coordinator did not answer in time.</exception>
    public Task<GroupDescription> DescribeAsync(string group, CancellationToken cancellationToken = default)
    {
        Check(group);
        return _operations.DescribeAsync(group, cancellationToken);
    }

    /// <summary>
    /// How far a group has come: every partition that it has committed or that a member reads, sorted, with the end of its log. The committed offsets are
    /// read first: a lag is what it was at that moment, or somewhat more.
    /// </summary>
    /// <exception cref="KafkaBrokerException">The group does not exist (<see cref="ErrorCode.GroupIdNotFound"/>), or this client may not see it.</exception>
    /// <exception cref="KafkaTimeoutException">A broker did not answer in time.</exception>
    public async Task<IReadOnlyList<GroupOffset>> OffsetsAsync(string group, CancellationToken cancellationToken = default)
    {
        Check(group);
        GroupDescription description = await _operations.DescribeAsync(group, cancellationToken).ConfigureAwait(false);
        List<CommittedOffset> committed = await _offsets.FetchAsync(group, cancellationToken).ConfigureAwait(false);
        SortedDictionary<TopicPartition, CommittedOffset?> all = [];
        foreach (TopicPartition assigned in description.Members.SelectMany(static member => member.Assignment ?? []))
        {
            all[assigned] = null;
        }

        committed.ForEach(offset => all[offset.Partition] = offset);
        TopicPartition[] partitions = [.. all.Select(static entry => entry.Key)];
        Dictionary<TopicPartition, long> ends = await FindAsync(partitions, TopicPartitionOffset.End, cancellationToken).ConfigureAwait(false);
        return
        [
            .. all.Select(entry => new GroupOffset(
                entry.Key,
                entry.Value?.Offset,
                entry.Value?.LeaderEpoch ?? -1,
                entry.Value?.Metadata ?? "",
                ends.TryGetValue(entry.Key, out long end) ? end : null)),
        ];
    }

    /// <summary>
    /// Sets committed offsets of a group without members; partitions that are not named keep theirs. A group that does not exist comes to be.
    /// </summary>
    /// <param name="offsets">
    /// The offset of the next record for each partition, or <see cref="TopicPartitionOffset.Beginning"/> or <see cref="TopicPartitionOffset.End"/>, which
    /// become the offsets that the logs begin and end with now. Offsets are not compared with the log.
    /// </param>
    /// <exception cref="ArgumentException">An offset is neither, or a partition is named twice.</exception>
    /// <exception cref="KafkaBrokerException">The group has members, or a partition does not exist; others may have been set.</exception>
    /// <exception cref="KafkaTimeoutException">Its coordinator did not answer in time; the offsets may have been set.</exception>
    public async Task SetOffsetsAsync(string group, IReadOnlyList<TopicPartitionOffset> offsets, CancellationToken cancellationToken = default)
    {
        Check(group);
        ArgumentNullException.ThrowIfNull(offsets);
        CheckOffsets(offsets);
        if (offsets.Count > 0)
        {
            List<TopicPartitionOffset> resolved = [.. offsets];
            await ResolveAsync(resolved, TopicPartitionOffset.Beginning, cancellationToken).ConfigureAwait(false);
            await ResolveAsync(resolved, TopicPartitionOffset.End, cancellationToken).ConfigureAwait(false);
            await _offsets.SetAsync(group, resolved, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Deletes committed offsets of partitions whose topics no member of the group reads.</summary>
    /// <exception cref="KafkaBrokerException">The group does not exist, a member reads a topic, or a partition does not exist; others may be gone.</exception>
    /// <exception cref="KafkaTimeoutException">Its coordinator did not answer in time; the offsets may be gone.</exception>
    public Task DeleteOffsetsAsync(string group, IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken = default)
    {
        Check(group);
        ArgumentNullException.ThrowIfNull(partitions);
        foreach (TopicPartition partition in partitions)
        {
            ArgumentException.ThrowIfNullOrEmpty(partition.Topic, nameof(partitions));
        }

        return partitions.Count == 0 ? Task.CompletedTask : _offsets.DeleteAsync(group, partitions, cancellationToken);
    }

    /// <summary>Deletes a group without members, with its offsets.</summary>
    /// <exception cref="KafkaBrokerException">
    /// The group does not exist (<see cref="ErrorCode.GroupIdNotFound"/>), or has members (<see cref="ErrorCode.NonEmptyGroup"/>).
    /// </exception>
    /// <exception cref="KafkaTimeoutException">Its coordinator did not answer in time: the group may be gone.</exception>
    /// <exception cref="KafkaConnectionException">The connection was lost before the answer: the group may be gone.</exception>
    public Task DeleteAsync(string group, CancellationToken cancellationToken = default)
    {
        Check(group);
        return _operations.DeleteAsync(group, cancellationToken);
    }

    private static void CheckOffsets(IReadOnlyList<TopicPartitionOffset> offsets)
    {
        HashSet<TopicPartition> seen = [];
        foreach (TopicPartitionOffset offset in offsets)
        {
            ArgumentException.ThrowIfNullOrEmpty(offset.Topic, nameof(offsets));
            TopicPartition partition = new(offset.Topic, offset.Partition);
            if (offset.Offset is < 0 and not (TopicPartitionOffset.Beginning or TopicPartitionOffset.End))
            {
                throw new ArgumentException($"The offset of {partition} is {offset.Offset}; it must be at least 0, Beginning or End.", nameof(offsets));
            }

            if (!seen.Add(partition))
            {
                throw new ArgumentException($"{partition} is named twice.", nameof(offsets));
            }
        }
    }

    private async Task ResolveAsync(List<TopicPartitionOffset> offsets, long place, CancellationToken cancellationToken)
    {
        IEnumerable<TopicPartitionOffset> there = offsets.Where(offset => offset.Offset == place);
        TopicPartition[] open = [.. there.Select(static offset => new TopicPartition(offset.Topic, offset.Partition))];
        if (open.Length == 0)
        {
            return;
        }

        Dictionary<TopicPartition, long> found = await FindAsync(open, place, cancellationToken).ConfigureAwait(false);
        for (int i = 0; i < offsets.Count; i++)
        {
            TopicPartition partition = new(offsets[i].Topic, offsets[i].Partition);
            if (offsets[i].Offset == place)
            {
                offsets[i] = offsets[i] with
                {
                    Offset = found.TryGetValue(partition, out long offset)
                        ? offset
                        : throw new KafkaBrokerException(
                            ErrorCode.UnknownTopicOrPartition, ApiKey.Metadata, partition, null, "it does not exist. Check its spelling"),
                };
            }
        }
    }

    /// <summary>Partitions that are not there are missing from the result.</summary>
    private async Task<Dictionary<TopicPartition, long>> FindAsync(TopicPartition[] partitions, long place, CancellationToken cancellationToken)
    {
        if (partitions.Length == 0)
        {
            return [];
        }

        IReadOnlyList<TopicDescription> topics = await _topics.ListAsync(cancellationToken).ConfigureAwait(false);
        Dictionary<string, int> counts = topics.ToDictionary(static topic => topic.Name, static topic => topic.Partitions.Count);
        IEnumerable<TopicPartition> there = partitions.Where(p => counts.TryGetValue(p.Topic, out int count) && (uint)p.Partition < (uint)count);
        OffsetLookup lookup = new(_client.Cluster, IsolationLevel.ReadUncommitted, there.Select(partition => (partition, place)));
        return await lookup.FindAsync(cancellationToken).ConfigureAwait(false);
    }

    private void Check(string group)
    {
        ArgumentException.ThrowIfNullOrEmpty(group);
        _client.ThrowIfDisposed();
    }
}
