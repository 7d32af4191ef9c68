using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Connections;
using HighPerf.Kafka.Testing.Groups;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>Commits of members, and of consumers without membership (generation -1).</summary>
internal sealed class OffsetCommitHandler : RequestHandler<OffsetCommitRequest, OffsetCommitResponse>
{
    private const short FirstTopicIdVersion = 10;

    /// <summary>From this version on (KIP-848) a group that does not exist has an error of its own.</summary>
    private const short FirstGroupNotFoundVersion = 9;

    /// <summary>A commit is one batch of the coordinator's log: what the batch and each record take beside the names and the metadata, roughly.</summary>
    private const int BatchOverhead = 61;
    private const int RecordOverhead = 48;

    protected override OffsetCommitResponse Handle(OffsetCommitRequest request, RequestContext context) => Answer(request, context, null);

    protected override OffsetCommitResponse CreateErrorResponse(OffsetCommitRequest request, RequestContext context, ErrorCode error) =>
        Answer(request, context, error);

    /// <summary>Partitions that are not there are refused as such, and the group is asked for the others only.</summary>
    private static OffsetCommitResponse Answer(OffsetCommitRequest request, RequestContext context, ErrorCode? forced)
    {
        bool byId = context.Version >= FirstTopicIdVersion;
        Topic?[] topics = [.. request.Topics.Select(asked => byId ? context.Cluster.Topics.Find(asked.TopicId) : context.Cluster.Topics.Find(asked.Name))];
        Group? group = null;
        ErrorCode refused = forced ?? (IsAnyThere(request, topics) ? CheckGroup(request, context, ref group) : ErrorCode.None);
        OffsetCommitResponse response = new();
        for (int i = 0; i < topics.Length; i++)
        {
            OffsetCommitRequest.OffsetCommitRequestTopic asked = request.Topics[i];
            OffsetCommitResponse.OffsetCommitResponseTopic answer = new() { Name = asked.Name, TopicId = asked.TopicId };
            foreach (OffsetCommitRequest.OffsetCommitRequestPartition partition in asked.Partitions)
            {
                ErrorCode error = forced ?? (topics[i], topics[i]?.FindPartition(partition.PartitionIndex)) switch
                {
                    (null, _) => byId ? ErrorCode.UnknownTopicId : ErrorCode.UnknownTopicOrPartition,
                    (_, null) => ErrorCode.UnknownTopicOrPartition,
                    ({ } topic, _) => refused != ErrorCode.None ? refused : Commit(group!.Offsets, context.Cluster, topic, partition, request.RetentionTimeMs),
                };
                answer.Partitions.Add(new OffsetCommitResponse.OffsetCommitResponsePartition
                {
                    PartitionIndex = partition.PartitionIndex,
                    ErrorCode = (short)error,
                });
            }

            response.Topics.Add(answer);
        }

        return response;
    }

    private static bool IsAnyThere(OffsetCommitRequest request, Topic?[] topics) =>
        topics.Zip(request.Topics).Any(pair => pair.Second.Partitions.Exists(partition => pair.First?.FindPartition(partition.PartitionIndex) is not null));

    /// <summary>Whether the request may commit, and for which group: one that does not exist comes to be by a commit without membership.</summary>
    private static ErrorCode CheckGroup(OffsetCommitRequest request, RequestContext context, ref Group? group)
    {
        ErrorCode error = context.Cluster.Coordinators.Check(CoordinatorKind.Group, request.GroupId, context.Broker.NodeId);
        if (error != ErrorCode.None)
        {
            return error;
        }

        group = context.Cluster.Groups.Find(request.GroupId);
        if (group is null && request.GenerationIdOrMemberEpoch >= 0)
        {
            return context.Version >= FirstGroupNotFoundVersion ? ErrorCode.GroupIdNotFound : ErrorCode.IllegalGeneration;
        }

        group ??= context.Cluster.Groups.FindOrCreate(request.GroupId);
        error = group.CheckCommit(request.MemberId, request.GroupInstanceId, request.GenerationIdOrMemberEpoch, context.Version, isTransactional: false);
        return error == ErrorCode.None && IsTooLarge(request, context.Cluster) ? ErrorCode.InvalidCommitOffsetSize : error;
    }

    private static bool IsTooLarge(OffsetCommitRequest request, EmbeddedCluster cluster)
    {
        int longest = MaxMetadataLength(cluster);
        long size = BatchOverhead;
        foreach (OffsetCommitRequest.OffsetCommitRequestTopic topic in request.Topics)
        {
            foreach (OffsetCommitRequest.OffsetCommitRequestPartition partition in topic.Partitions)
            {
                int metadata = partition.CommittedMetadata?.Length ?? 0;
                size += metadata > longest ? 0 : RecordOverhead + request.GroupId.Length + topic.Name.Length + metadata;
            }
        }

        return size > cluster.Configs.GetNumber("message.max.bytes");
    }

    private static int MaxMetadataLength(EmbeddedCluster cluster) => (int)cluster.Configs.GetNumber("offset.metadata.max.bytes");

    private static ErrorCode Commit(
        GroupOffsets offsets, EmbeddedCluster cluster, Topic topic, OffsetCommitRequest.OffsetCommitRequestPartition asked, long retentionMs)
    {
        string metadata = asked.CommittedMetadata ?? "";
        if (metadata.Length > MaxMetadataLength(cluster))
        {
            return ErrorCode.OffsetMetadataTooLarge;
        }

        long now = cluster.NowMs;
        offsets.Commit(topic.Id, asked.PartitionIndex, asked.CommittedOffset, asked.CommittedLeaderEpoch, metadata, now);

        // Versions up to 4 can say for themselves how long the offset is kept.
        offsets.Find(topic.Id, asked.PartitionIndex)!.ExpireTimeMs = retentionMs < 0 ? null : now + retentionMs;
        cluster.Groups.OnCommitted?.Invoke(topic.Name, asked.PartitionIndex, asked.CommittedOffset, asked.CommittedLeaderEpoch);
        return ErrorCode.None;
    }
}
