using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Connections;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>Moves log start offsets up, at most to the high watermark.</summary>
internal sealed class DeleteRecordsHandler : RequestHandler<DeleteRecordsRequest, DeleteRecordsResponse>
{
    /// <summary>As the offset: the high watermark.</summary>
    private const long HighWatermark = -1;

    private const long InvalidLowWatermark = -1;

    protected override DeleteRecordsResponse Handle(DeleteRecordsRequest request, RequestContext context) =>
        Answer(request, (topic, asked) => Delete(context.Cluster.Topics.Find(topic)?.FindPartition(asked.PartitionIndex), asked.Offset, context));

    protected override DeleteRecordsResponse CreateErrorResponse(DeleteRecordsRequest request, RequestContext context, ErrorCode error) =>
        Answer(request, (_, _) => (error, InvalidLowWatermark));

    private static DeleteRecordsResponse Answer(
        DeleteRecordsRequest request, Func<string, DeleteRecordsRequest.DeleteRecordsPartition, (ErrorCode Error, long LowWatermark)> delete)
    {
        DeleteRecordsResponse response = new();
        foreach (DeleteRecordsRequest.DeleteRecordsTopic topic in request.Topics)
        {
            DeleteRecordsResponse.DeleteRecordsTopicResult answer = new() { Name = topic.Name };
            foreach (DeleteRecordsRequest.DeleteRecordsPartition asked in topic.Partitions)
            {
                (ErrorCode error, long lowWatermark) = delete(topic.Name, asked);
                answer.Partitions.Add(new DeleteRecordsResponse.DeleteRecordsPartitionResult
                {
                    PartitionIndex = asked.PartitionIndex,
                    ErrorCode = (short)error,
                    LowWatermark = lowWatermark,
                });
            }

            response.Topics.Add(answer);
        }

        return response;
    }

    private static (ErrorCode Error, long LowWatermark) Delete(Partition? partition, long offset, RequestContext context)
    {
        ErrorCode error = partition is null ? ErrorCode.UnknownTopicOrPartition : partition.CheckLeader(context.Broker.NodeId, -1);
        if (error == ErrorCode.None && !partition!.Config.IsDeleted)
        {
            error = ErrorCode.PolicyViolation;
        }

        if (error != ErrorCode.None)
        {
            return (error, InvalidLowWatermark);
        }

        offset = offset == HighWatermark ? partition!.HighWatermark : offset;
        if (offset < 0 || offset > partition!.HighWatermark)
        {
            return (ErrorCode.OffsetOutOfRange, InvalidLowWatermark);
        }

        partition.DeleteRecords(offset);
        return (ErrorCode.None, partition.Log.StartOffset);
    }
}
