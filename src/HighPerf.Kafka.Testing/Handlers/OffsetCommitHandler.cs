using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Connections;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>Commits of consumers without membership (generation -1). There are no members yet, so any generation is one that does not exist.</summary>
internal sealed class OffsetCommitHandler : RequestHandler<OffsetCommitRequest, OffsetCommitResponse>
{
    private const int MaxMetadataLength = 4096;
    private const short FirstTopicIdVersion = 10;

    /// <summary>From this version on (KIP-848) a group that does not exist has an error of its own.</summary>
    private const short FirstGroupNotFoundVersion = 9;

    protected override OffsetCommitResponse Handle(OffsetCommitRequest request, RequestContext context)
    {
        if (request.GenerationIdOrMemberEpoch >= 0)
        {
            ErrorCode error = context.Version >= FirstGroupNotFoundVersion ? ErrorCode.GroupIdNotFound : ErrorCode.IllegalGeneration;
            return CreateErrorResponse(request, context, error);
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
                ErrorCode error = topic is null ? unknown : Commit(context.Cluster, request.GroupId, topic, partition);
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

    private static ErrorCode Commit(EmbeddedCluster cluster, string group, Topic topic, OffsetCommitRequest.OffsetCommitRequestPartition asked)
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

        cluster.Offsets.Commit(group, topic.Id, asked.PartitionIndex, asked.CommittedOffset, asked.CommittedLeaderEpoch, metadata);
        return ErrorCode.None;
    }

    private static OffsetCommitResponse.OffsetCommitResponsePartition Answer(OffsetCommitRequest.OffsetCommitRequestPartition asked, ErrorCode error) =>
        new() { PartitionIndex = asked.PartitionIndex, ErrorCode = (short)error };
}
