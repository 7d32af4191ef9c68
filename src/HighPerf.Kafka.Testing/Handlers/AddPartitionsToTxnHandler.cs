using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Connections;
using HighPerf.Kafka.Testing.Transactions;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>
/// Partitions that a transaction is going to write to: all or none. Versions up to 3 are for producers; later ones are how brokers ask each other for several
/// transactions at once, and are answered all the same.
/// </summary>
internal sealed class AddPartitionsToTxnHandler : RequestHandler<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse>
{
    /// <summary>The first version that knows PRODUCER_FENCED.</summary>
    private const short FirstFencedVersion = 2;

    private const short FirstBatchVersion = 4;

    protected override AddPartitionsToTxnResponse Handle(AddPartitionsToTxnRequest request, RequestContext context)
    {
        AddPartitionsToTxnResponse response = new();
        foreach (AddPartitionsToTxnRequest.AddPartitionsToTxnTransaction transaction in Asked(request, context.Version))
        {
            Add(response, context.Version, transaction, Judge(transaction, context));
        }

        return response;
    }

    protected override AddPartitionsToTxnResponse CreateErrorResponse(AddPartitionsToTxnRequest request, RequestContext context, ErrorCode error)
    {
        AddPartitionsToTxnResponse response = new() { ErrorCode = (short)error };
        foreach (AddPartitionsToTxnRequest.AddPartitionsToTxnTransaction transaction in Asked(request, context.Version))
        {
            Add(response, context.Version, transaction, _ => error);
        }

        return response;
    }

    private static List<AddPartitionsToTxnRequest.AddPartitionsToTxnTransaction> Asked(AddPartitionsToTxnRequest request, short version)
    {
        if (version >= FirstBatchVersion)
        {
            return request.Transactions;
        }

        AddPartitionsToTxnRequest.AddPartitionsToTxnTransaction single = new()
        {
            TransactionalId = request.V3AndBelowTransactionalId,
            ProducerId = request.V3AndBelowProducerId,
            ProducerEpoch = request.V3AndBelowProducerEpoch,
            Topics = request.V3AndBelowTopics,
        };
        return [single];
    }

    /// <summary>Adds or verifies the partitions of one transaction; gives the error of each.</summary>
    private static Func<TransactionPartition, ErrorCode> Judge(
        AddPartitionsToTxnRequest.AddPartitionsToTxnTransaction asked, RequestContext context)
    {
        List<TransactionPartition> partitions =
            [.. asked.Topics.SelectMany(topic => topic.Partitions.Select(index => new TransactionPartition(topic.Name, index)))];
        bool Exists(TransactionPartition partition) => context.Cluster.Topics.Find(partition.Topic)?.FindPartition(partition.Index) is not null;
        if (!partitions.TrueForAll(Exists))
        {
            return partition => Exists(partition) ? ErrorCode.OperationNotAttempted : ErrorCode.UnknownTopicOrPartition;
        }

        TransactionCoordinator coordinator = context.Cluster.Transactions;
        ProducerIdentity producer = new(asked.ProducerId, asked.ProducerEpoch);
        if (asked.VerifyOnly)
        {
            return partition => coordinator.Verify(context.Broker.NodeId, asked.TransactionalId, producer, partition);
        }

        ErrorCode error = coordinator.AddPartitions(context.Broker.NodeId, asked.TransactionalId, producer, partitions);
        if (error == ErrorCode.ProducerFenced && context.Version < FirstFencedVersion)
        {
            error = ErrorCode.InvalidProducerEpoch;
        }

        return _ => error;
    }

    private static void Add(
        AddPartitionsToTxnResponse response,
        short version,
        AddPartitionsToTxnRequest.AddPartitionsToTxnTransaction asked,
        Func<TransactionPartition, ErrorCode> judge)
    {
        List<AddPartitionsToTxnResponse.AddPartitionsToTxnTopicResult> topics = [];
        foreach (AddPartitionsToTxnRequest.AddPartitionsToTxnTopic topic in asked.Topics)
        {
            AddPartitionsToTxnResponse.AddPartitionsToTxnTopicResult answer = new() { Name = topic.Name };
            foreach (int index in topic.Partitions)
            {
                answer.ResultsByPartition.Add(new AddPartitionsToTxnResponse.AddPartitionsToTxnPartitionResult
                {
                    PartitionIndex = index,
                    PartitionErrorCode = (short)judge(new TransactionPartition(topic.Name, index)),
                });
            }

            topics.Add(answer);
        }

        if (version < FirstBatchVersion)
        {
            response.ResultsByTopicV3AndBelow.AddRange(topics);
            return;
        }

        AddPartitionsToTxnResponse.AddPartitionsToTxnResult result = new() { TransactionalId = asked.TransactionalId };
        result.TopicResults.AddRange(topics);
        response.ResultsByTransaction.Add(result);
    }
}
