using HighPerf.Kafka.Protocol.Buffers;
using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Connections;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>A handler on the generated messages: decoding before, encoding after.</summary>
internal abstract class RequestHandler<TRequest, TResponse> : RequestHandler
    where TRequest : class, IKafkaRequest<TRequest, TResponse>
    where TResponse : class, IKafkaMessage<TResponse>
{
    public override ApiKey ApiKey => TRequest.ApiKey;

    public override short MinVersion => TRequest.MinVersion;

    public override short MaxVersion => TRequest.MaxVersion;

    public override bool IsFlexible(short version) => TRequest.IsFlexible(version);

    public sealed override void Fail(RequestContext context, ReadOnlySpan<byte> body, ErrorCode error) =>
        context.Respond(CreateErrorResponse(Decode(body, context.Version), context, error));

    public override void Handle(RequestContext context, ReadOnlySpan<byte> body)
    {
        TResponse? response = Handle(Decode(body, context.Version), context);
        if (response is not null)
        {
            context.Respond(response);
        }
    }

    /// <summary>The answer; null when the handler has answered or parked the request itself.</summary>
    protected abstract TResponse? Handle(TRequest request, RequestContext context);

    /// <summary>The answer that refuses all of a request for one reason.</summary>
    protected abstract TResponse CreateErrorResponse(TRequest request, RequestContext context, ErrorCode error);

    private static TRequest Decode(ReadOnlySpan<byte> body, short version)
    {
        // Bytes behind the request are passed over, as by Apache Kafka.
        KafkaReader reader = new(body);
        return TRequest.Read(ref reader, version);
    }
}
