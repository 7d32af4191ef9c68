using HighPerf.Kafka.Protocol.Messages;
using HighPerf.Kafka.Testing.Connections;

namespace HighPerf.Kafka.Testing.Handlers;

/// <summary>The listeners are plaintext: there is nothing to authenticate, which is an error of whoever tries.</summary>
internal sealed class SaslHandshakeHandler : RequestHandler<SaslHandshakeRequest, SaslHandshakeResponse>
{
    protected override SaslHandshakeResponse Handle(SaslHandshakeRequest request, RequestContext context) =>
        CreateErrorResponse(request, context, ErrorCode.IllegalSaslState);

    protected override SaslHandshakeResponse CreateErrorResponse(SaslHandshakeRequest request, RequestContext context, ErrorCode error) =>
        new() { ErrorCode = (short)error };
}
