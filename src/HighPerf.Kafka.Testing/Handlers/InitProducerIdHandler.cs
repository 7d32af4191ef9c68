using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Connections;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>
/// Producer ids for idempotent producers: a new one with epoch 0 for every request, whatever id and epoch the producer had, as a real broker does without a
/// transactional id.
/// </summary>
internal sealed class InitProducerIdHandler : RequestHandler<InitProducerIdRequest, InitProducerIdResponse>
{
    /// <summary>Version 6 (two-phase commit) is not in released brokers.</summary>
    public override short MaxVersion => 5;

    protected override InitProducerIdResponse Handle(InitProducerIdRequest request, RequestContext context)
    {
        if (request.TransactionalId is null)
        {
            return new InitProducerIdResponse { ProducerId = context.Cluster.NextProducerId(), ProducerEpoch = 0 };
        }

        // A code that no client retries for ever.
        return CreateErrorResponse(request, context, request.TransactionalId.Length == 0 ? ErrorCode.InvalidRequest : ErrorCode.UnsupportedVersion);
    }

    protected override InitProducerIdResponse CreateErrorResponse(InitProducerIdRequest request, RequestContext context, ErrorCode error) =>
        new() { ErrorCode = (short)error, ProducerId = -1, ProducerEpoch = -1 };
}
