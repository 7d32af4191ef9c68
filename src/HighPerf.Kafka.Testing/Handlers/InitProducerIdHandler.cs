using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Connections;
using HighPerf.Kafka.Testing.Transactions;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>
/// Producer ids. For an idempotent producer without a transactional id a new one with epoch 0 for every request, whatever id and epoch it had; with one what
/// the coordinator says.
/// </summary>
internal sealed class InitProducerIdHandler : RequestHandler<InitProducerIdRequest, InitProducerIdResponse>
{
    /// <summary>The first version in which a producer can say what it knows of itself.</summary>
    private const short FirstExpectedVersion = 3;

    /// <summary>The first version that knows PRODUCER_FENCED.</summary>
    private const short FirstFencedVersion = 4;

    /// <summary>Version 6 (two-phase commit) is not in released brokers.</summary>
    public override short MaxVersion => 5;

    protected override InitProducerIdResponse Handle(InitProducerIdRequest request, RequestContext context)
    {
        bool hasId = request.ProducerId != ProducerIdentity.None.Id;
        bool hasEpoch = request.ProducerEpoch != ProducerIdentity.None.Epoch;
        if (context.Version >= FirstExpectedVersion && hasId != hasEpoch)
        {
            return CreateErrorResponse(request, context, ErrorCode.InvalidRequest);
        }

        if (request.TransactionalId is null)
        {
            return new InitProducerIdResponse { ProducerId = context.Cluster.NextProducerId(), ProducerEpoch = 0 };
        }

        ProducerIdentity? expected = hasId ? new ProducerIdentity(request.ProducerId, request.ProducerEpoch) : null;
        ErrorCode error = context.Cluster.Transactions.Initialize(
            context.Broker.NodeId, request.TransactionalId, request.TransactionTimeoutMs, expected, out ProducerIdentity producer);
        if (error != ErrorCode.None)
        {
            bool isOld = error == ErrorCode.ProducerFenced && context.Version < FirstFencedVersion;
            return CreateErrorResponse(request, context, isOld ? ErrorCode.InvalidProducerEpoch : error);
        }

        return new InitProducerIdResponse { ProducerId = producer.Id, ProducerEpoch = producer.Epoch };
    }

    protected override InitProducerIdResponse CreateErrorResponse(InitProducerIdRequest request, RequestContext context, ErrorCode error) =>
        new() { ErrorCode = (short)error, ProducerId = -1, ProducerEpoch = -1 };
}
