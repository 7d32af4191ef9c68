using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Connections;
using HighPerf.Kafka.Testing.Logs;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>What partitions know of the producers that wrote to them. Asked at their leaders.</summary>
internal sealed class DescribeProducersHandler : RequestHandler<DescribeProducersRequest, DescribeProducersResponse>
{
    protected override DescribeProducersResponse Handle(DescribeProducersRequest request, RequestContext context) =>
        Create(request, (topic, index) => Describe(context.Cluster.Topics.Find(topic)?.FindPartition(index), index, context));

    protected override DescribeProducersResponse CreateErrorResponse(DescribeProducersRequest request, RequestContext context, ErrorCode error) =>
        Create(request, (_, index) => Refuse(index, error));

    private static DescribeProducersResponse Create(
        DescribeProducersRequest request, Func<string, int, DescribeProducersResponse.PartitionResponse> describe)
    {
        DescribeProducersResponse response = new();
        foreach (DescribeProducersRequest.TopicRequest topic in request.Topics)
        {
            DescribeProducersResponse.TopicResponse answer = new() { Name = topic.Name };
            answer.Partitions.AddRange(topic.PartitionIndexes.Select(index => describe(topic.Name, index)));
            response.Topics.Add(answer);
        }

        return response;
    }

    private static DescribeProducersResponse.PartitionResponse Describe(Partition? partition, int index, RequestContext context)
    {
        ErrorCode error = partition?.CheckLeader(context.Broker.NodeId, -1) ?? ErrorCode.UnknownTopicOrPartition;
        if (error != ErrorCode.None)
        {
            return Refuse(index, error);
        }

        partition!.Producers.Expire(context.Cluster.NowMs);
        DescribeProducersResponse.PartitionResponse answer = new() { PartitionIndex = index };
        foreach (ProducerState producer in partition.Producers.All)
        {
            answer.ActiveProducers.Add(new DescribeProducersResponse.ProducerState
            {
                ProducerId = producer.Id,
                ProducerEpoch = producer.Epoch,
                LastSequence = producer.LastSequence,
                LastTimestamp = producer.LastTimestamp,
                CoordinatorEpoch = producer.CoordinatorEpoch,
                CurrentTxnStartOffset = producer.TransactionStart,
            });
        }

        return answer;
    }

    private static DescribeProducersResponse.PartitionResponse Refuse(int index, ErrorCode error) =>
        new() { PartitionIndex = index, ErrorCode = (short)error, ErrorMessage = error.ToString() };
}
