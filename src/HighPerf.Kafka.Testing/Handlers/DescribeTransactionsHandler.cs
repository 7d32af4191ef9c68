using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Cluster;
using HighPerf.Kafka.Testing.Connections;
using HighPerf.Kafka.Testing.Transactions;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>Where transactional ids stand. Each is asked for at its coordinator.</summary>
internal sealed class DescribeTransactionsHandler : RequestHandler<DescribeTransactionsRequest, DescribeTransactionsResponse>
{
    protected override DescribeTransactionsResponse Handle(DescribeTransactionsRequest request, RequestContext context)
    {
        DescribeTransactionsResponse response = new();
        response.TransactionStates.AddRange(request.TransactionalIds.Select(id => Describe(id, context)));
        return response;
    }

    protected override DescribeTransactionsResponse CreateErrorResponse(DescribeTransactionsRequest request, RequestContext context, ErrorCode error)
    {
        DescribeTransactionsResponse response = new();
        response.TransactionStates.AddRange(request.TransactionalIds.Select(id => Refuse(id, error)));
        return response;
    }

    private static DescribeTransactionsResponse.TransactionStateData Describe(string id, RequestContext context)
    {
        if (id.Length == 0)
        {
            return Refuse(id, ErrorCode.InvalidRequest);
        }

        ErrorCode error = context.Cluster.Coordinators.Check(CoordinatorKind.Transaction, id, context.Broker.NodeId);
        if (error != ErrorCode.None)
        {
            return Refuse(id, error);
        }

        if (context.Cluster.Transactions.Registry.Find(id) is not { } transaction)
        {
            return Refuse(id, ErrorCode.TransactionalIdNotFound);
        }

        DescribeTransactionsResponse.TransactionStateData answer = new()
        {
            TransactionalId = id,
            TransactionState = transaction.Status.ToString(),
            TransactionTimeoutMs = transaction.TimeoutMs,
            TransactionStartTimeMs = transaction.StartMs,
            ProducerId = transaction.Producer.Id,
            ProducerEpoch = transaction.Producer.Epoch,
        };
        foreach (TransactionPartition partition in transaction.Partitions)
        {
            DescribeTransactionsResponse.TopicData? topic = answer.Topics.Find(known => known.Topic == partition.Topic);
            if (topic is null)
            {
                topic = new DescribeTransactionsResponse.TopicData { Topic = partition.Topic };
                answer.Topics.Add(topic);
            }

            topic.Partitions.Add(partition.Index);
        }

        return answer;
    }

    private static DescribeTransactionsResponse.TransactionStateData Refuse(string id, ErrorCode error) =>
        new() { TransactionalId = id, ErrorCode = (short)error };
}
