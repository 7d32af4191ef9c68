using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Connections;
using HighPerf.Kafka.Testing.Groups;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>Commits of members, and of consumers without membership (generation -1).</summary>
internal sealed class OffsetCommitHandler : RequestHandler<OffsetCommitRequest, OffsetCommitResponse>
{
    private const int MaxMetadataLength = 4096;
    private const short FirstTopicIdVersion = 10;

    /// <summary>From this version on (KIP-848) a group that does not exist has an error of its own.</summary>
    private const short FirstGroupNotFoundVersion = 9;

    protected override OffsetCommitResponse Handle(OffsetCommitRequest request, RequestContext context)
    {
        Group? group = null;
        ErrorCode refused = CheckGroup(request, context, ref group);
        if (refused != ErrorCode.None)
        {
            return CreateErrorResponse(request, context, refused);
        }

        OffsetCommitResponse response = new();
        foreach (OffsetCommitRequest.OffsetCommitRequestTopic asked in request.Topics)
        {
            bool byId = context.Version >= FirstTopicIdVersion;
            Topic? topic = byId ? context.Cluster.Topics.Find(asked.TopicId) : context.Cluster.Topics.Find(asked.Name);
            ErrorCode unknown = byId ? ErrorCode.UnknownTopicId : ErrorCode.UnknownTopicOrPartition;
            OffsetCommitResponse.OffsetCommitResponseTopic answer = new() { Name = asked.Name, TopicId = asked.TopicId };
            foreach (OffsetCommitRequest.OffsetCommitRequestPartition partition in asked.Partitions)
            {
                ErrorCode error = topic is null ? unknown : Commit(group!.Offsets, context.Cluster.NowMs, topic, partition);
                answer.Partitions.Add(Answer(partition, error));
            }

            response.Topics.Add(answer);
        }

        return response;
    }

    protected override OffsetCommitResponse CreateErrorResponse(OffsetCommitRequest request, RequestContext context, ErrorCode error)
    {
        OffsetCommitResponse response = new();
        foreach (OffsetCommitRequest.OffsetCommitRequestTopic asked in request.Topics)
        {
            OffsetCommitResponse.OffsetCommitResponseTopic answer = new() { Name = asked.Name, TopicId = asked.TopicId };
            answer.Partitions.AddRange(asked.Partitions.Select(partition => Answer(partition, error)));
            response.Topics.Add(answer);
        }

        return response;
    }

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
        return group.CheckCommit(request.MemberId, request.GroupInstanceId, request.GenerationIdOrMemberEpoch, context.Version, isTransactional: false);
    }

    private static ErrorCode Commit(GroupOffsets offsets, long nowMs, Topic topic, OffsetCommitRequest.OffsetCommitRequestPartition asked)
    {
        if (topic.FindPartition(asked.PartitionIndex) is null)
        {
            return ErrorCode.UnknownTopicOrPartition;
        }

        string metadata = asked.CommittedMetadata ?? "";
        if (metadata.Length > MaxMetadataLength)
        {
            return ErrorCode.OffsetMetadataTooLarge;
        }

        offsets.Commit(topic.Id, asked.PartitionIndex, asked.CommittedOffset, asked.CommittedLeaderEpoch, metadata, nowMs);
        return ErrorCode.None;
    }

    private static OffsetCommitResponse.OffsetCommitResponsePartition Answer(OffsetCommitRequest.OffsetCommitRequestPartition asked, ErrorCode error) =>
        new() { PartitionIndex = asked.PartitionIndex, ErrorCode = (short)error };
}
