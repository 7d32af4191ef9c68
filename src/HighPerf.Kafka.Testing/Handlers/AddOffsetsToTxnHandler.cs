using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Connections;
using HighPerf.Kafka.Testing.Transactions;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>A group whose offsets a transaction is going to commit.</summary>
internal sealed class AddOffsetsToTxnHandler : RequestHandler<AddOffsetsToTxnRequest, AddOffsetsToTxnResponse>
{
    /// <summary>The first version that knows PRODUCER_FENCED.</summary>
    private const short FirstFencedVersion = 2;

    protected override AddOffsetsToTxnResponse Handle(AddOffsetsToTxnRequest request, RequestContext context)
    {
        ErrorCode error = context.Cluster.Transactions.AddPartitions(
            context.Broker.NodeId,
            request.TransactionalId,
            new ProducerIdentity(request.ProducerId, request.ProducerEpoch),
            [TransactionPartition.OffsetsOf(request.GroupId)]);
        bool isOld = error == ErrorCode.ProducerFenced && context.Version < FirstFencedVersion;
        return CreateErrorResponse(request, context, isOld ? ErrorCode.InvalidProducerEpoch : error);
    }

    protected override AddOffsetsToTxnResponse CreateErrorResponse(AddOffsetsToTxnRequest request, RequestContext context, ErrorCode error) =>
        new() { ErrorCode = (short)error };
}
