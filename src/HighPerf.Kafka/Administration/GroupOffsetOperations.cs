using HighPerf.Kafka.Connections;
using HighPerf.Kafka.Metadata;
using HighPerf.Kafka.Protocol.Messages;

namespace HighPerf.Kafka.Administration;

/// <summary>Reads, sets and deletes the committed offsets of groups from outside. Thread-safe; holds no state.</summary>
internal sealed class GroupOffsetOperations
{
    // Version 10 names topics by id; a group may have offsets of topics that are not there any more (G7).
    private const short HighestWithNames = 9;

    // A commit from outside is one of no member and no generation.
    private const int NoGeneration = -1;

    private readonly ClusterClient _cluster;

    public GroupOffsetOperations(ClusterClient cluster) => _cluster = cluster;

    /// <summary>All that are committed, sorted. None for a group that does not exist.</summary>
    public async Task<List<CommittedOffset>> FetchAsync(string group, CancellationToken cancellationToken)
    {
        OffsetFetchResponse answer = await new AdministrationCall(_cluster, $"fetch the offsets of group \"{group}\"")
            .SendToCoordinatorAsync<OffsetFetchRequest, OffsetFetchResponse>(
                group,
                (timeout, executor) => new GroupOffsetsQuestion(group, timeout, executor),
                mayRepeat: true,
                (told, broker) => FindError(told, group, broker),
                cancellationToken).ConfigureAwait(false);
        IEnumerable<CommittedOffset> offsets = answer.Groups.Count > 0
            ? answer.Groups[0].Topics.SelectMany(static topic => topic.Partitions.Select(told => new CommittedOffset(
                new TopicPartition(topic.Name, told.PartitionIndex), told.CommittedOffset, told.CommittedLeaderEpoch, told.Metadata ?? "")))
            : answer.Topics.SelectMany(static topic => topic.Partitions.Select(told => new CommittedOffset(
                new TopicPartition(topic.Name, told.PartitionIndex), told.CommittedOffset, told.CommittedLeaderEpoch, told.Metadata ?? "")));
        return [.. offsets.Where(static offset => offset.Offset >= 0).OrderBy(static offset => offset.Partition)];
    }

    /// <summary>Sets offsets of a group without members. Told again when its answer is lost: it says the same.</summary>
    public Task SetAsync(string group, IReadOnlyList<TopicPartitionOffset> offsets, CancellationToken cancellationToken)
    {
        OffsetCommitRequest message = new() { GroupId = group, GenerationIdOrMemberEpoch = NoGeneration, MemberId = "" };
        foreach (IGrouping<string, TopicPartitionOffset> topic in offsets.GroupBy(static offset => offset.Topic, StringComparer.Ordinal))
        {
            message.Topics.Add(new OffsetCommitRequest.OffsetCommitRequestTopic
            {
                Name = topic.Key,
                Partitions =
                [
                    .. topic.Select(static offset => new OffsetCommitRequest.OffsetCommitRequestPartition
                    {
                        PartitionIndex = offset.Partition, CommittedOffset = offset.Offset, CommittedMetadata = "",
                    }),
                ],
            });
        }

        return new AdministrationCall(_cluster, $"set offsets of group \"{group}\"").SendToCoordinatorAsync<OffsetCommitRequest, OffsetCommitResponse>(
            group,
            (timeout, executor) => new AwaitableRequest<OffsetCommitRequest, OffsetCommitResponse>(
                message, timeout, static told => told.ThrottleTimeMs, executor, highest: HighestWithNames),
            mayRepeat: true,
            (told, broker) => FindError(
                ApiKey.OffsetCommit,
                group,
                offsets.Select(static offset => new TopicPartition(offset.Topic, offset.Partition)),
                partition => told.Topics.Find(t => t.Name == partition.Topic)?.Partitions.Find(p => p.PartitionIndex == partition.Partition)?.ErrorCode,
                broker),
            cancellationToken);
    }

    /// <summary>Deletes offsets of partitions that no member reads.</summary>
    public Task DeleteAsync(string group, IReadOnlyList<TopicPartition> partitions, CancellationToken cancellationToken)
    {
        OffsetDeleteRequest message = new() { GroupId = group };
        foreach (IGrouping<string, TopicPartition> topic in partitions.GroupBy(static partition => partition.Topic, StringComparer.Ordinal))
        {
            message.Topics.Add(new OffsetDeleteRequest.OffsetDeleteRequestTopic
            {
                Name = topic.Key,
                Partitions = [.. topic.Select(static p => new OffsetDeleteRequest.OffsetDeleteRequestPartition { PartitionIndex = p.Partition })],
            });
        }

        return new AdministrationCall(_cluster, $"delete offsets of group \"{group}\"").SendToCoordinatorAsync<OffsetDeleteRequest, OffsetDeleteResponse>(
            group,
            (timeout, executor) => new AwaitableRequest<OffsetDeleteRequest, OffsetDeleteResponse>(
                message, timeout, static told => told.ThrottleTimeMs, executor),
            mayRepeat: true,
            (told, broker) => told.ErrorCode != 0
                ? GroupOperations.Error(ApiKey.OffsetDelete, group, told.ErrorCode, null, broker)
                : FindError(
                    ApiKey.OffsetDelete,
                    group,
                    partitions,
                    partition => told.Topics.Find(t => t.Name == partition.Topic)?.Partitions.Find(p => p.PartitionIndex == partition.Partition)?.ErrorCode,
                    broker),
            cancellationToken);
    }

    private static KafkaBrokerException? FindError(OffsetFetchResponse answer, string group, BrokerEndpoint broker)
    {
        short code = answer.Groups.Count > 0 ? answer.Groups[0].ErrorCode : answer.ErrorCode;
        if (code != 0)
        {
            return GroupOperations.Error(ApiKey.OffsetFetch, group, code, null, broker);
        }

        foreach (OffsetFetchResponse.OffsetFetchResponseTopics topic in answer.Groups.SelectMany(static told => told.Topics))
        {
            if (topic.Partitions.Find(static partition => partition.ErrorCode != 0) is { } wrong)
            {
                return PartitionError((ErrorCode)wrong.ErrorCode, ApiKey.OffsetFetch, new TopicPartition(topic.Name, wrong.PartitionIndex), group, broker);
            }
        }

        foreach (OffsetFetchResponse.OffsetFetchResponseTopic topic in answer.Topics)
        {
            if (topic.Partitions.Find(static partition => partition.ErrorCode != 0) is { } wrong)
            {
                return PartitionError((ErrorCode)wrong.ErrorCode, ApiKey.OffsetFetch, new TopicPartition(topic.Name, wrong.PartitionIndex), group, broker);
            }
        }

        return null;
    }

    /// <summary>An answer that leaves a partition out is an error of that partition (G6).</summary>
    private static KafkaBrokerException? FindError(
        ApiKey api, string group, IEnumerable<TopicPartition> asked, Func<TopicPartition, short?> codeOf, BrokerEndpoint broker)
    {
        foreach (TopicPartition partition in asked)
        {
            short? code = codeOf(partition);
            if (code == 0)
            {
                continue;
            }

            ErrorCode error = code is null ? ErrorCode.UnknownServerError : (ErrorCode)code;
            KafkaBrokerException refused = PartitionError(
                error, api, partition, group, broker, code is null ? "the answer does not mention the partition" : null);

            // It may be about to exist, but who sets offsets means what is there.
            return error == ErrorCode.UnknownTopicOrPartition ? throw refused : refused;
        }

        return null;
    }

    private static KafkaBrokerException PartitionError(
        ErrorCode error, ApiKey api, TopicPartition partition, string group, BrokerEndpoint broker, string? detail = null)
    {
        detail ??= GroupWords.Advice(error);
        return new KafkaBrokerException(error, api, partition, broker.ToString(), detail is null ? $"group \"{group}\"" : $"group \"{group}\": {detail}");
    }
}
