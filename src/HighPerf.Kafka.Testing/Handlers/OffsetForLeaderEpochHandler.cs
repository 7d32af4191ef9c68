using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Connections;
using HighPerf.Kafka.Testing.Logs;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>Where a leader epoch ended (KIP-320), by which a client finds out that what it read was cut off.</summary>
internal sealed class OffsetForLeaderEpochHandler : RequestHandler<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse>
{
    protected override OffsetForLeaderEpochResponse Handle(OffsetForLeaderEpochRequest request, RequestContext context) =>
        Answer(request, (topic, asked) => Find(context.Cluster.Topics.Find(topic)?.FindPartition(asked.Partition), asked, context));

    protected override OffsetForLeaderEpochResponse CreateErrorResponse(OffsetForLeaderEpochRequest request, RequestContext context, ErrorCode error) =>
        Answer(request, (_, _) => (error, LeaderEpoch.Unknown));

    private static OffsetForLeaderEpochResponse Answer(
        OffsetForLeaderEpochRequest request, Func<string, OffsetForLeaderEpochRequest.OffsetForLeaderPartition, (ErrorCode Error, LeaderEpoch End)> find)
    {
        OffsetForLeaderEpochResponse response = new();
        foreach (OffsetForLeaderEpochRequest.OffsetForLeaderTopic topic in request.Topics)
        {
            OffsetForLeaderEpochResponse.OffsetForLeaderTopicResult answer = new() { Topic = topic.Topic };
            foreach (OffsetForLeaderEpochRequest.OffsetForLeaderPartition asked in topic.Partitions)
            {
                (ErrorCode error, LeaderEpoch end) = find(topic.Topic, asked);
                answer.Partitions.Add(new OffsetForLeaderEpochResponse.EpochEndOffset
                {
                    Partition = asked.Partition,
                    ErrorCode = (short)error,
                    LeaderEpoch = end.Epoch,
                    EndOffset = end.Offset,
                });
            }

            response.Topics.Add(answer);
        }

        return response;
    }

    private static (ErrorCode Error, LeaderEpoch End) Find(
        Partition? partition, OffsetForLeaderEpochRequest.OffsetForLeaderPartition asked, RequestContext context)
    {
        ErrorCode error = partition is null ? ErrorCode.UnknownTopicOrPartition : partition.CheckLeader(context.Broker.NodeId, asked.CurrentLeaderEpoch);
        return (error, error == ErrorCode.None ? partition!.Log.Epochs.EndOf(asked.LeaderEpoch, partition.Log.EndOffset) : LeaderEpoch.Unknown);
    }
}
