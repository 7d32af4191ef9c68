using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Connections;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>
/// Topics by name, page by page (KIP-966): an answer has a limited number of partitions and a cursor to go on from. A topic that cannot be told counts for
/// nothing, and where all are asked for it is passed over.
/// </summary>
internal sealed class DescribeTopicPartitionsHandler : RequestHandler<DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse>
{
    /// <summary>The broker's own limit (max.request.partition.size.limit).</summary>
    private const int LargestPage = 2000;

    protected override DescribeTopicPartitionsResponse Handle(DescribeTopicPartitionsRequest request, RequestContext context)
    {
        if (request.Cursor is { PartitionIndex: < 0 })
        {
            return CreateErrorResponse(request, context, ErrorCode.InvalidRequest);
        }

        bool all = request.Topics.Count == 0;
        IEnumerable<string> asked = all ? context.Cluster.Topics.All.Select(topic => topic.Name) : request.Topics.Select(topic => topic.Name).Distinct();
        List<string> names = [.. asked.Where(name => request.Cursor is null || string.CompareOrdinal(name, request.Cursor.TopicName) >= 0)];
        names.Sort(StringComparer.Ordinal);
        int room = Math.Clamp(request.ResponsePartitionLimit, 1, LargestPage);
        DescribeTopicPartitionsResponse response = new();
        foreach (string name in names)
        {
            if (room == 0)
            {
                response.NextCursor = new DescribeTopicPartitionsResponse.Cursor { TopicName = name, PartitionIndex = 0 };
                break;
            }

            if (context.Cluster.Topics.Find(name) is not { } topic)
            {
                response.Topics.Add(Refuse(name, TopicName.Validate(name) is null ? ErrorCode.UnknownTopicOrPartition : ErrorCode.InvalidTopicException));
                continue;
            }

            int first = request.Cursor?.TopicName == name ? request.Cursor.PartitionIndex : 0;
            int next = Math.Max(first, (int)Math.Min((long)first + room, topic.Partitions.Length));
            response.Topics.Add(Describe(topic, first, next));
            room -= next - first;
            if (next < topic.Partitions.Length)
            {
                response.NextCursor = new DescribeTopicPartitionsResponse.Cursor { TopicName = name, PartitionIndex = next };
                break;
            }
        }

        return response;
    }

    protected override DescribeTopicPartitionsResponse CreateErrorResponse(
        DescribeTopicPartitionsRequest request, RequestContext context, ErrorCode error)
    {
        DescribeTopicPartitionsResponse response = new();
        response.Topics.AddRange(request.Topics.Select(topic => Refuse(topic.Name, error)));
        return response;
    }

    private static DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic Refuse(string name, ErrorCode error) =>
        new() { Name = name, ErrorCode = (short)error };

    private static DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic Describe(Topic topic, int first, int next)
    {
        DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic described = new()
        {
            Name = topic.Name,
            TopicId = topic.Id,
            TopicAuthorizedOperations = AuthorizedOperations.OfTopic,
        };
        for (int i = first; i < next; i++)
        {
            Partition partition = topic.Partitions[i];
            described.Partitions.Add(new DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponsePartition
            {
                ErrorCode = (short)(partition.LeaderId == Partition.NoLeader ? ErrorCode.LeaderNotAvailable : ErrorCode.None),
                PartitionIndex = partition.Index,
                LeaderId = partition.LeaderId,
                LeaderEpoch = partition.LeaderEpoch,
                ReplicaNodes = [.. partition.Replicas],
                IsrNodes = [.. partition.InSyncReplicas],
                EligibleLeaderReplicas = [],
                LastKnownElr = [],
                OfflineReplicas = [.. partition.OfflineReplicas],
            });
        }

        return described;
    }
}
