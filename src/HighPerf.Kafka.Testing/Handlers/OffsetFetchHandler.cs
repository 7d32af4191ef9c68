using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Connections;
using HighPerf.Kafka.Testing.Groups;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>
/// Committed offsets. Versions up to 7 ask for one group, later ones for several; both are answered from the later form. A partition without a commit has
/// offset -1 and no error, whether or not its topic exists.
/// </summary>
internal sealed class OffsetFetchHandler : RequestHandler<OffsetFetchRequest, OffsetFetchResponse>
{
    private const short FirstErrorVersion = 2;
    private const short FirstBatchVersion = 8;
    private const short FirstTopicIdVersion = 10;

    protected override OffsetFetchResponse Handle(OffsetFetchRequest request, RequestContext context) => Create(request, context, ErrorCode.None);

    protected override OffsetFetchResponse CreateErrorResponse(OffsetFetchRequest request, RequestContext context, ErrorCode error) =>
        Create(request, context, error);

    private static OffsetFetchResponse Create(OffsetFetchRequest request, RequestContext context, ErrorCode error)
    {
        OffsetFetchResponse response = new();
        if (context.Version >= FirstBatchVersion)
        {
            response.Groups.AddRange(request.Groups.Select(group => Answer(group, request.RequireStable, context, error)));
            return response;
        }

        OffsetFetchRequest.OffsetFetchRequestGroup asked = new()
        {
            GroupId = request.GroupId,
            Topics = request.Topics?.ConvertAll(topic => new OffsetFetchRequest.OffsetFetchRequestTopics
            {
                Name = topic.Name,
                PartitionIndexes = topic.PartitionIndexes,
            }),
        };
        OffsetFetchResponse.OffsetFetchResponseGroup answer = Answer(asked, request.RequireStable, context, error);
        response.ErrorCode = answer.ErrorCode;
        if (answer.ErrorCode != (short)ErrorCode.None && context.Version < FirstErrorVersion)
        {
            // The oldest version has no other place for the error than its partitions.
            answer.Topics.AddRange(asked.Topics!.Select(topic => RefuseTopic(topic, (ErrorCode)answer.ErrorCode)));
        }

        response.Topics.AddRange(answer.Topics.Select(ToSingle));
        return response;
    }

    private static OffsetFetchResponse.OffsetFetchResponseGroup Answer(
        OffsetFetchRequest.OffsetFetchRequestGroup asked, bool requireStable, RequestContext context, ErrorCode error)
    {
        OffsetFetchResponse.OffsetFetchResponseGroup answer = new() { GroupId = asked.GroupId };
        Group? group = context.Cluster.Groups.Find(asked.GroupId);
        if (error == ErrorCode.None)
        {
            error = context.Cluster.Coordinators.Check(CoordinatorKind.Group, asked.GroupId, context.Broker.NodeId);
        }

        if (error == ErrorCode.None && group is not null)
        {
            error = group.CheckFetch(asked.MemberId, asked.MemberEpoch);
        }

        answer.ErrorCode = (short)error;
        if (error != ErrorCode.None)
        {
            return answer;
        }

        if (asked.Topics is null)
        {
            AddAll(answer, group, requireStable, context.Cluster);
            return answer;
        }

        foreach (OffsetFetchRequest.OffsetFetchRequestTopics topic in asked.Topics)
        {
            answer.Topics.Add(AnswerTopic(group, topic, requireStable, context));
        }

        return answer;
    }

    private static OffsetFetchResponse.OffsetFetchResponseTopics AnswerTopic(
        Group? group, OffsetFetchRequest.OffsetFetchRequestTopics asked, bool requireStable, RequestContext context)
    {
        bool byId = context.Version >= FirstTopicIdVersion;
        Topic? topic = byId ? context.Cluster.Topics.Find(asked.TopicId) : context.Cluster.Topics.Find(asked.Name);
        ErrorCode error = topic is null && byId ? ErrorCode.UnknownTopicId : ErrorCode.None;
        OffsetFetchResponse.OffsetFetchResponseTopics answer = new() { Name = asked.Name, TopicId = asked.TopicId };
        foreach (int index in asked.PartitionIndexes)
        {
            bool isUnstable = requireStable && topic is not null && group is not null && group.Offsets.HasPending(topic.Id, index);
            CommittedOffset? committed = topic is null || isUnstable ? null : group?.Offsets.Find(topic.Id, index);
            answer.Partitions.Add(AnswerPartition(index, committed, isUnstable ? ErrorCode.UnstableOffsetCommit : error));
        }

        return answer;
    }

    private static OffsetFetchResponse.OffsetFetchResponseTopics RefuseTopic(OffsetFetchRequest.OffsetFetchRequestTopics asked, ErrorCode error) => new()
    {
        Name = asked.Name,
        Partitions = asked.PartitionIndexes.ConvertAll(index => AnswerPartition(index, null, error)),
    };

    private static void AddAll(OffsetFetchResponse.OffsetFetchResponseGroup answer, Group? group, bool requireStable, EmbeddedCluster cluster)
    {
        foreach (CommittedOffset committed in group?.Offsets.All ?? [])
        {
            OffsetFetchResponse.OffsetFetchResponseTopics? topic = answer.Topics.Find(known => known.TopicId == committed.Topic);
            if (topic is null)
            {
                topic = new OffsetFetchResponse.OffsetFetchResponseTopics { Name = cluster.Topics.Find(committed.Topic)!.Name, TopicId = committed.Topic };
                answer.Topics.Add(topic);
            }

            topic.Partitions.Add(requireStable && group!.Offsets.HasPending(committed.Topic, committed.Partition)
                ? AnswerPartition(committed.Partition, null, ErrorCode.UnstableOffsetCommit)
                : AnswerPartition(committed.Partition, committed, ErrorCode.None));
        }
    }

    private static OffsetFetchResponse.OffsetFetchResponsePartitions AnswerPartition(int index, CommittedOffset? committed, ErrorCode error) => new()
    {
        PartitionIndex = index,
        CommittedOffset = committed?.Offset ?? -1,
        CommittedLeaderEpoch = committed?.LeaderEpoch ?? -1,
        Metadata = committed?.Metadata ?? "",
        ErrorCode = (short)error,
    };

    private static OffsetFetchResponse.OffsetFetchResponseTopic ToSingle(OffsetFetchResponse.OffsetFetchResponseTopics topic) => new()
    {
        Name = topic.Name,
        Partitions = topic.Partitions.ConvertAll(partition => new OffsetFetchResponse.OffsetFetchResponsePartition
        {
            PartitionIndex = partition.PartitionIndex,
            CommittedOffset = partition.CommittedOffset,
            CommittedLeaderEpoch = partition.CommittedLeaderEpoch,
            Metadata = partition.Metadata,
            ErrorCode = partition.ErrorCode,
        }),
    };
}
