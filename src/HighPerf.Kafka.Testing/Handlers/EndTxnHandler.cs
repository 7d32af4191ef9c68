using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Connections;
using HighPerf.Kafka.Testing.Transactions;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>Commits or aborts a transaction. From version 5 on the answer has the identity under which the producer goes on.</summary>
internal sealed class EndTxnHandler : RequestHandler<EndTxnRequest, EndTxnResponse>
{
    /// <summary>The first version that knows PRODUCER_FENCED.</summary>
    private const short FirstFencedVersion = 2;

    /// <summary>The first version of transactions v2 (KIP-890).</summary>
    private const short FirstBumpVersion = 5;

    protected override EndTxnResponse Handle(EndTxnRequest request, RequestContext context)
    {
        ErrorCode error = context.Cluster.Transactions.End(
            context.Broker.NodeId,
            request.TransactionalId,
            new ProducerIdentity(request.ProducerId, request.ProducerEpoch),
            request.Committed,
            bumpEpoch: context.Version >= FirstBumpVersion,
            out ProducerIdentity next);
        bool isOld = error == ErrorCode.ProducerFenced && context.Version < FirstFencedVersion;
        return new EndTxnResponse
        {
            ErrorCode = (short)(isOld ? ErrorCode.InvalidProducerEpoch : error),
            ProducerId = next.Id,
            ProducerEpoch = next.Epoch,
        };
    }

    protected override EndTxnResponse CreateErrorResponse(EndTxnRequest request, RequestContext context, ErrorCode error) =>
        new() { ErrorCode = (short)error };
}
