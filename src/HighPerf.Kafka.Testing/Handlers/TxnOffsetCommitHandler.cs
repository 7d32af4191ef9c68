using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Connections;
using HighPerf.Kafka.Testing.Groups;
using HighPerf.Kafka.Testing.Transactions;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>Commits of a group's offsets that count when the transaction is committed. Asked at the group's coordinator.</summary>
internal sealed class TxnOffsetCommitHandler : RequestHandler<TxnOffsetCommitRequest, TxnOffsetCommitResponse>
{
    private const short FirstTopicIdVersion = 6;

    /// <summary>Older producers stumble over COORDINATOR_LOAD_IN_PROGRESS.</summary>
    private const short FirstLoadingVersion = 2;

    protected override TxnOffsetCommitResponse Handle(TxnOffsetCommitRequest request, RequestContext context)
    {
        // Partitions that do not exist are told first; the others share what the coordinator has to say.
        Group? group = null;
        ErrorCode? refused = null;
        return Create(request, (asked, partition) =>
        {
            bool byId = context.Version >= FirstTopicIdVersion;
            Topic? topic = byId ? context.Cluster.Topics.Find(asked.TopicId) : context.Cluster.Topics.Find(asked.Name);
            if (topic?.FindPartition(partition.PartitionIndex) is null)
            {
                return topic is null && byId ? ErrorCode.UnknownTopicId : ErrorCode.UnknownTopicOrPartition;
            }

            refused ??= Check(request, context, ref group);
            return refused == ErrorCode.None ? Commit(group!, request, context.Cluster, topic, partition) : refused.Value;
        });
    }

    protected override TxnOffsetCommitResponse CreateErrorResponse(TxnOffsetCommitRequest request, RequestContext context, ErrorCode error) =>
        Create(request, (_, _) => error);

    private static TxnOffsetCommitResponse Create(
        TxnOffsetCommitRequest request,
        Func<TxnOffsetCommitRequest.TxnOffsetCommitRequestTopic, TxnOffsetCommitRequest.TxnOffsetCommitRequestPartition, ErrorCode> judge)
    {
        TxnOffsetCommitResponse response = new();
        foreach (TxnOffsetCommitRequest.TxnOffsetCommitRequestTopic topic in request.Topics)
        {
            TxnOffsetCommitResponse.TxnOffsetCommitResponseTopic answer = new() { Name = topic.Name, TopicId = topic.TopicId };
            foreach (TxnOffsetCommitRequest.TxnOffsetCommitRequestPartition partition in topic.Partitions)
            {
                answer.Partitions.Add(new TxnOffsetCommitResponse.TxnOffsetCommitResponsePartition
                {
                    PartitionIndex = partition.PartitionIndex,
                    ErrorCode = (short)judge(topic, partition),
                });
            }

            response.Topics.Add(answer);
        }

        return response;
    }

    /// <summary>Whether the request may commit: the group's coordinator, then the transaction, then the membership.</summary>
    private static ErrorCode Check(TxnOffsetCommitRequest request, RequestContext context, ref Group? group)
    {
        if (request.GroupId.Length == 0)
        {
            return ErrorCode.InvalidGroupId;
        }

        EmbeddedCluster cluster = context.Cluster;
        ErrorCode error = cluster.Coordinators.Check(CoordinatorKind.Group, request.GroupId, context.Broker.NodeId);
        if (error != ErrorCode.None)
        {
            bool isOld = error == ErrorCode.CoordinatorLoadInProgress && context.Version < FirstLoadingVersion;
            return isOld ? ErrorCode.CoordinatorNotAvailable : error;
        }

        ProducerIdentity producer = new(request.ProducerId, request.ProducerEpoch);
        error = cluster.Verifier.CheckOffsetCommit(request.TransactionalId, request.GroupId, producer, context.Version);
        if (error != ErrorCode.None)
        {
            return error;
        }

        group = cluster.Groups.Find(request.GroupId);
        if (group is null && request.GenerationIdOrMemberEpoch >= 0)
        {
            return ErrorCode.IllegalGeneration;
        }

        group ??= cluster.Groups.FindOrCreate(request.GroupId);
        error = group.CheckCommit(
            request.MemberId, request.GroupInstanceId, request.GenerationIdOrMemberEpoch, context.Version, isTransactional: true);

        // The producer does not know the code of the members' new protocol.
        return error == ErrorCode.StaleMemberEpoch ? ErrorCode.IllegalGeneration : error;
    }

    private static ErrorCode Commit(
        Group group,
        TxnOffsetCommitRequest request,
        EmbeddedCluster cluster,
        Topic topic,
        TxnOffsetCommitRequest.TxnOffsetCommitRequestPartition asked)
    {
        string metadata = asked.CommittedMetadata ?? "";
        if (metadata.Length > cluster.Configs.GetNumber("offset.metadata.max.bytes"))
        {
            return ErrorCode.OffsetMetadataTooLarge;
        }

        ProducerIdentity producer = new(request.ProducerId, request.ProducerEpoch);
        cluster.Transactions.OffsetEpochs.Raise(CoordinatorTable.SlotOf(group.Id), producer);
        group.Offsets.AddPending(producer.Id, new CommittedOffset(topic.Id, asked.PartitionIndex)
        {
            Offset = asked.CommittedOffset,
            LeaderEpoch = asked.CommittedLeaderEpoch,
            Metadata = metadata,
            CommitTimeMs = cluster.NowMs,
        });
        return ErrorCode.None;
    }
}
